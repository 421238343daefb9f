import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, serialSchema, trySchema } from '../job/identifiers.ts';
import { STEPS } from '../job/job.ts';
import { STATUSES } from '../job/status.ts';
import { OP_STATUSES } from '../op/op-view.ts';
import { COMMAND_TYPES } from './bus-commands.ts';

/** What every event of the journal says: consumers drop repeats by (jobId, serial). */
const journaled = {
  jobId: jobIdSchema,
  attempt: attemptSchema,
  serial: serialSchema,
  project: z.string(),
  at: z.iso.datetime(),
  step: z.enum(STEPS),
};

const opSchema = z.strictObject({ index: opIndexSchema, name: z.string() });

/** The `detail` of every event that Jobplane sends, by its detail-type. */
export const EVENT_DETAILS = {
  'Job Status Changed': z.strictObject({
    ...journaled,
    /** Null: the job was submitted. */
    from: z.enum(STATUSES).nullable(),
    to: z.enum(STATUSES),
    /** The op that brought it about. */
    op: opSchema.optional(),
    reason: z.string(),
  }),
  'Op Status Changed': z.strictObject({
    ...journaled,
    op: opSchema,
    from: z.enum(OP_STATUSES),
    to: z.enum(OP_STATUSES),
    reason: z.string(),
  }),
  'Op Ready': z.strictObject({
    ...journaled,
    op: opSchema.extend({ action: z.string(), try: trySchema, opFence: serialSchema }),
    input: z.json(),
    reason: z.string(),
  }),
  'Job Log Added': z.strictObject({ ...journaled, op: opSchema.optional(), reason: z.string() }),
  'Command Refused': z.strictObject({
    /** Of the event that held the command. */
    eventId: z.string(),
    command: z.enum(COMMAND_TYPES),
    /** The name that the deployment gave to who sent it. */
    sender: z.string(),
    /** A code of the API's errors. */
    code: z.string(),
    detail: z.string(),
    /** Which project it was about, where the sender may know. */
    project: z.string().optional(),
  }),
} as const;

export type DetailType = keyof typeof EVENT_DETAILS;

export type CommandRefused = z.infer<(typeof EVENT_DETAILS)['Command Refused']>;
