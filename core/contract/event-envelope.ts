import * as z from 'zod';
import { COMMANDS } from './bus-commands.ts';
import { JOBPLANE_SOURCE } from './bus-events.ts';
import { EVENT_DETAILS } from './event-details.ts';

/**
 * What EventBridge puts around every event.
 * Source: Amazon EventBridge User Guide, "Event structure".
 */
const envelope = {
  version: z.literal('0'),
  id: z.string(),
  account: z.string(),
  time: z.iso.datetime(),
  region: z.string(),
  resources: z.array(z.string()),
};

const ofJobplane = { ...envelope, source: z.literal(JOBPLANE_SOURCE) };

/** Every event that Jobplane sends, whole, as a rule's target is given it. */
export const JOBPLANE_EVENTS = Object.entries(EVENT_DETAILS).map(([detailType, detail]) =>
  z.strictObject({ ...ofJobplane, 'detail-type': z.literal(detailType), detail }),
);

/** Every command that Jobplane takes, whole. Its `detail` is what a sender puts in. */
export const COMMAND_EVENTS = Object.entries(COMMANDS).map(([detailType, detail]) =>
  z.strictObject({ ...envelope, source: z.string(), 'detail-type': z.literal(detailType), detail }),
);
