import * as z from 'zod';
import { durationOf, durationSchema, secondsOf } from './duration.ts';
import { LIMITS } from './limits.ts';

const CODED = (code: string) => ({ params: { code } });

const NAME = /^[A-Za-z0-9._/-]+$/;

/** 1 to 128 of letters, digits, `.`, `_`, `/`, `-`: never what a key or a log line is built with. */
export const nameSchema = z
  .string()
  .refine((text) => NAME.test(text) && text.length <= LIMITS.nameCharacters, {
    error: `must be 1 to ${LIMITS.nameCharacters} of letters, digits, '.', '_', '/' and '-'`,
    ...CODED('InvalidName'),
  });

/** An op's name has no dot, since `$from` paths are separated by dots. */
const opNameSchema = nameSchema.refine((text) => !text.includes('.'), {
  error: "must have no '.', since references separate their parts by it",
  ...CODED('InvalidName'),
});

/** Step Functions' own bound for a task, and one year: TimeoutSeconds takes no more than 99,999,999. */
const ONE_YEAR_SECONDS = 31_536_000;

const clockSchema = durationOf({ minSeconds: 1, maxSeconds: ONE_YEAR_SECONDS });

const retrySchema = z.strictObject({
  maxAttempts: z.int().min(1).max(LIMITS.retryAttempts).default(1),
  interval: durationOf({ minSeconds: 1, maxSeconds: ONE_YEAR_SECONDS }).default('PT5S'),
  backoff: z.number().min(1).max(10).default(2),
  maxInterval: durationOf({ minSeconds: 1, maxSeconds: ONE_YEAR_SECONDS }).default('PT5M'),
});

export type RetryPolicy = z.infer<typeof retrySchema>;

const clocks = { timeout: clockSchema.optional(), heartbeat: clockSchema.optional() };

const heartbeatBelowTimeout = (op: { timeout?: string | undefined; heartbeat?: string | undefined }) =>
  op.heartbeat === undefined || op.timeout === undefined || isShorter(op.heartbeat, op.timeout);

const HEARTBEAT_BELOW_TIMEOUT = { error: 'must be shorter than the timeout', path: ['heartbeat'] };

const rollbackSchema = z
  .strictObject({
    action: nameSchema,
    input: z.json().default({}),
    /** `started`: also when the op was cut off or failed. */
    when: z.enum(['completed', 'started']).default('completed'),
    retry: retrySchema.optional(),
    ...clocks,
  })
  .refine(heartbeatBelowTimeout, HEARTBEAT_BELOW_TIMEOUT);

const opSchema = z
  .strictObject({
    name: opNameSchema,
    step: z.enum(['PRE', 'RUN', 'POST']).default('RUN'),
    action: nameSchema,
    input: z.json().default({}),
    /** The op's own priority; the job's where it has none. */
    priority: z.int().min(-20).max(19).optional(),
    retry: retrySchema.optional(),
    onError: z.enum(['fail', 'continue', 'finish']).default('fail'),
    rollback: rollbackSchema.optional(),
    ...clocks,
  })
  .refine(heartbeatBelowTimeout, HEARTBEAT_BELOW_TIMEOUT);

const labelsSchema = z
  .record(
    nameSchema,
    z
      .string()
      .max(LIMITS.labelValueCharacters)
      .regex(/^\P{Cc}*$/u, 'must have no control characters'),
  )
  .refine((labels) => Object.keys(labels).length <= LIMITS.labels, {
    error: `must have at most ${LIMITS.labels} labels`,
    ...CODED('TooManyLabels'),
  });

/**
 * What a caller submits. Every key is known: an unknown one is refused rather than ignored, since a
 * misspelt `rollback` that does nothing is found in the worst moment.
 */
export const jobSpecSchema = z.strictObject({
  name: nameSchema,
  project: nameSchema,
  queue: nameSchema.default('default'),
  priority: z.int().min(-20).max(19).default(0),
  labels: labelsSchema.default({}),
  /** `strict`: a job that completed is immutable (Ooyala Flex). */
  rerunPolicy: z.enum(['permitted', 'strict']).default('permitted'),
  rollback: z
    .strictObject({ onFailure: z.boolean().default(true), onCancel: z.boolean().default(true) })
    .default({ onFailure: true, onCancel: true }),
  /** How long a settled job stays readable. */
  retention: durationSchema.default('P30D'),
  ops: z
    .array(opSchema)
    .min(1, 'must have at least one op')
    .refine((ops) => ops.length <= LIMITS.ops, {
      error: `must have at most ${LIMITS.ops} ops`,
      ...CODED('TooManyOps'),
    }),
});

export type JobSpec = z.infer<typeof jobSpecSchema>;
export type OpSpec = JobSpec['ops'][number];
export type RollbackSpec = NonNullable<OpSpec['rollback']>;

function isShorter(duration: string, than: string): boolean {
  return secondsOf(duration) < secondsOf(than);
}
