import * as z from 'zod';
import { entryShapeSchema } from './entry-shape.ts';
import { wholeNumber } from './parameters.ts';

/** An HTTP API of API Gateway answers within 30 s; this leaves time for all the rest. */
const WAIT_MAX_SECONDS = 20;

const LIMIT = { min: 1, max: 1_000, default: 100 } as const;

/** `GET /jobs/{id}/log`. */
export const readJournalQuerySchema = z.strictObject({
  /** The last serial that the caller has; entries come from the next on. */
  newerThan: wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER }).default(0),
  /** Seconds to wait for an entry when there is none yet. */
  wait: wholeNumber({ min: 0, max: WAIT_MAX_SECONDS }).default(0),
  limit: wholeNumber(LIMIT).default(LIMIT.default),
});

/** Oldest first. The next page begins after the last serial. */
export const journalSchema = z.strictObject({ items: z.array(entryShapeSchema) });
