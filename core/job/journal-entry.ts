import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, serialSchema, trySchema } from './identifiers.ts';
import { instantSchema } from './instant.ts';
import { STEPS } from './job.ts';

/**
 * - `status`: the job changed status. - `op`: an op changed status.
 * - `ready`: an op waits for an external worker. - `log`: written by a worker or an action.
 * - `decision`: how the job will end, while something is still to be done first.
 * - `wait`: what the job waits for, where that changed and its status did not.
 * - `note`: written by a person. - `late`: an answer that came too late and changed nothing.
 * - `repair`: the sweeper did what somebody had left undone.
 */
export const JOURNAL_KINDS = [
  'status',
  'op',
  'ready',
  'log',
  'decision',
  'wait',
  'note',
  'late',
  'repair',
] as const;

/** What an external worker needs to do the op; the entry is what the `Op Ready` event is made from. */
const readySchema = z.strictObject({
  action: z.string(),
  try: trySchema,
  opFence: serialSchema,
  input: z.json(),
});

/**
 * One entry of a job's journal: at once the user's log, the audit trail, and the outbox that events
 * are published from.
 */
export const journalEntrySchema = z.strictObject({
  jobId: jobIdSchema,
  serial: serialSchema,
  at: instantSchema,
  kind: z.enum(JOURNAL_KINDS),
  message: z.string(),
  /** A user's name, or `jobplane` for what Jobplane did of itself. */
  actor: z.string(),
  attempt: attemptSchema,
  project: z.string(),
  step: z.enum(STEPS),
  from: z.string().nullable().optional(),
  to: z.string().optional(),
  op: z.strictObject({ index: opIndexSchema, name: z.string() }).optional(),
  ready: readySchema.optional(),
});

export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** The actor of what Jobplane does of itself. */
export const JOBPLANE = 'jobplane';
