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
const tryAgainSchema = z.strictObject({ kind: z.literal('tryAgain'), at: instantSchema });

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
};

const runningSchema = z.strictObject({
  ...common,
  status: z.literal('running'),
  token: z.string(),
  /** Made for this try; a third party that carries the completion must present it. */
  nonce: z.string(),
  tryStartedAt: instantSchema,
  dispatched: z.boolean(),
});

/** A try failed; what follows is not decided yet, or is another try. */
const triedSchema = z.strictObject({
  ...common,
  status: z.literal('tried'),
  error: jobErrorSchema,
  triedAt: instantSchema,
  decision: tryAgainSchema.optional(),
  /** Handle op failure's token waits for a long pause before the next try. */
  held: z.boolean(),
});

const successSchema = z.strictObject({
  ...common,
  status: z.literal('success'),
  endedAt: instantSchema,
  result: z.json().optional(),
  warnings: z.array(z.string()),
});

/** Failed for good. */
const errorSchema = z.strictObject({
  ...common,
  status: z.literal('error'),
  endedAt: instantSchema,
  error: jobErrorSchema,
  timedOut: z.boolean(),
});

/** Cut off by a cancel, a force or an abend. */
const canceledSchema = z.strictObject({ ...common, status: z.literal('canceled'), endedAt: instantSchema });

/** An op that has begun; one that has not is no item, and its status follows from its job's. */
export const opSchema = z.discriminatedUnion('status', [
  runningSchema,
  triedSchema,
  successSchema,
  errorSchema,
  canceledSchema,
]);

export type Op = z.infer<typeof opSchema>;
export type RunningOp = z.infer<typeof runningSchema>;
export type TriedOp = z.infer<typeof triedSchema>;
export type SucceededOp = z.infer<typeof successSchema>;
export type FailedOp = z.infer<typeof errorSchema>;
export type CanceledOp = z.infer<typeof canceledSchema>;
export type FinalOp = Exclude<Op, RunningOp | TriedOp>;

export function isFinal(op: Op): op is FinalOp {
  return op.status !== 'running' && op.status !== 'tried';
}
