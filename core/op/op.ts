import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, serialSchema, trySchema } from '../job/identifiers.ts';
import { instantSchema } from '../job/instant.ts';
import { jobErrorSchema } from '../job/job-error.ts';

/** Version of the stored shape; raised, with a reader of the old shape, when it changes. */
export const OP_SCHEMA_VERSION = 1;

/**
 * What was decided about a try that failed. Stored with the op, so that Handle op failure called
 * again repeats it.
 */
const decisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tryAgain'), at: instantSchema }),
  /** Somebody, or the trap's timeout, decides. */
  z.strictObject({ kind: z.literal('trapped') }),
]);

const common = {
  schema: z.literal(OP_SCHEMA_VERSION),
  jobId: jobIdSchema,
  attempt: attemptSchema,
  index: opIndexSchema,
  name: z.string(),
  action: z.string(),
  /** Increased with every write of this op, those that leave the job's head alone included. */
  version: z.int().min(1),
  try: trySchema,
  /** Start of the first try. */
  startedAt: instantSchema,
  /** Serial of the journal entry of the latest try's start: grows with every dispatch. */
  opFence: serialSchema,
  /** Step Functions' task token that waits for this op. A secret: it never leaves the store. */
  token: z.string().optional(),
  /** Tokens that it took the place of in the same try; see tokens-of.ts. Secrets as well. */
  earlierTokens: z.array(z.string()).optional(),
  /** The newest try whose late answer is in the journal: one entry a try is enough. */
  lateTry: trySchema.optional(),
  /** Since when an unreachable target is asked, where a trap or a pause came between: they use up no clock. */
  clockSince: instantSchema.optional(),
  /** How often the timeout of its trap has tried it again. */
  trapRetries: z.int().min(0).optional(),
};

/** Has not begun: it only keeps the token of Handle op failure while its job is paused before it. */
const queuedSchema = z.strictObject({
  schema: common.schema,
  jobId: common.jobId,
  attempt: common.attempt,
  index: common.index,
  name: common.name,
  action: common.action,
  version: common.version,
  try: z.literal(0),
  token: z.string(),
  earlierTokens: common.earlierTokens,
  status: z.literal('queued'),
});

const runningSchema = z.strictObject({
  ...common,
  status: z.literal('running'),
  token: z.string(),
  /** Made for this try; a third party that carries the completion must present it. */
  nonce: z.string(),
  tryStartedAt: instantSchema,
  dispatched: z.boolean(),
  /**
   * Its clock ended the wait for its children, so its token is Handle op failure's; `error` is what the try
   * failed with, if its children had not all ended by then.
   */
  outOfTime: z.strictObject({ error: jobErrorSchema.optional() }).optional(),
});

/** A try failed; what follows is not decided yet, or is another try. */
const triedSchema = z.strictObject({
  ...common,
  status: z.literal('tried'),
  error: jobErrorSchema,
  triedAt: instantSchema,
  /** A clock ended it: nobody reported anything, whatever the error's code reads. */
  byClock: z.literal(true).optional(),
  decision: decisionSchema.optional(),
  /** Its token is Handle op failure's, which waits: for a long while before the next try, or for somebody. */
  held: z.boolean(),
});

const successSchema = z.strictObject({
  ...common,
  status: z.literal('success'),
  endedAt: instantSchema,
  result: z.json().optional(),
  warnings: z.array(z.string()),
  /** It failed, and whoever answered its trap let the job go on. */
  skipped: z.literal(true).optional(),
  /** Some of its children did not succeed, and were allowed to. */
  tolerated: z.literal(true).optional(),
});

/** Failed for good. */
const errorSchema = z.strictObject({
  ...common,
  status: z.literal('error'),
  endedAt: instantSchema,
  error: jobErrorSchema,
  timedOut: z.boolean(),
  /** What Handle op failure's token is told, where that waited for the op's end. */
  next: z.enum(['go on', 'failed']).optional(),
});

/** Cut off by a cancel, a force or an abend. */
const canceledSchema = z.strictObject({ ...common, status: z.literal('canceled'), endedAt: instantSchema });

/** An op that has begun, or holds a token; any other is no item, and its status follows from its job's. */
export const opSchema = z.discriminatedUnion('status', [
  queuedSchema,
  runningSchema,
  triedSchema,
  successSchema,
  errorSchema,
  canceledSchema,
]);

export type Op = z.infer<typeof opSchema>;
export type QueuedOp = z.infer<typeof queuedSchema>;
export type BegunOp = Exclude<Op, QueuedOp>;
export type RunningOp = z.infer<typeof runningSchema>;
export type TriedOp = z.infer<typeof triedSchema>;
export type SucceededOp = z.infer<typeof successSchema>;
export type FailedOp = z.infer<typeof errorSchema>;
export type CanceledOp = z.infer<typeof canceledSchema>;
export type FinalOp = Exclude<Op, QueuedOp | RunningOp | TriedOp>;

export function isFinal(op: Op): op is FinalOp {
  return op.status !== 'queued' && op.status !== 'running' && op.status !== 'tried';
}

/** Whether a try of it has begun; one that only holds a token has not. */
export function hasBegun(op: Op): op is BegunOp {
  return op.status !== 'queued';
}
