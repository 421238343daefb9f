import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, trySchema } from '../job/identifiers.ts';
import { SEGMENT_GROUPS } from '../job/segment.ts';
import { FAMILY_VERBS } from '../ports/executions.ts';

/**
 * Version of what the state machines hand to their tasks. Handlers accept this and the previous one, so
 * that executions which a deployment finds running end on the new code (docs/upgrading.md).
 *
 * 2: Give up the rest says what its machine was doing.
 */
export const TASK_CONTRACT = 2;
export const PREVIOUS_TASK_CONTRACT = TASK_CONTRACT - 1;

const contract = z.literal([PREVIOUS_TASK_CONTRACT, TASK_CONTRACT]);

const serves = {
  contract,
  jobId: jobIdSchema,
  attempt: attemptSchema,
  group: z.enum(SEGMENT_GROUPS),
  number: z.int().min(1),
};

const errorSchema = z.object({ Error: z.string(), Cause: z.string().default('') }).transform((error) => ({
  name: error.Error,
  cause: error.Cause,
}));

/** Payload of Perform op. The token is a secret: never logged. */
export const performOpTaskSchema = z.strictObject({ ...serves, op: opIndexSchema, token: z.string() });

/** Payload of Handle op failure, with the error that ended Perform op as Step Functions words it. */
export const handleOpFailureTaskSchema = z.strictObject({
  ...serves,
  op: opIndexSchema,
  token: z.string(),
  error: errorSchema,
});

export const planRecoveryTaskSchema = z.strictObject({ ...serves, error: errorSchema });

export const finishJobTaskSchema = z.strictObject({ ...serves, after: z.enum(['ops', 'recovery']) });

const group = {
  contract,
  jobId: jobIdSchema,
  attempt: attemptSchema,
  op: opIndexSchema,
  try: trySchema,
};

/** Payload of Do one batch, of the machine `child-jobs`. */
export const makeChildrenTaskSchema = z.strictObject({
  ...group,
  verb: z.enum(FAMILY_VERBS),
  from: z.int().min(0),
  to: z.int().min(1),
});

/** Payload of Give up the rest. What contract 1 does not say was always taken for a run. */
export const giveUpChildrenTaskSchema = z.strictObject({
  ...group,
  verb: z.enum(FAMILY_VERBS).default('run'),
  error: errorSchema,
});

/** Errors that tasks raise and the state machine catches by name. */
export const TASK_ERRORS = ['Stale', 'Canceled', 'NotNow', 'Continued', 'OpFailed'] as const;

/** Whether a task raised it on purpose, or answered a token with it; anything else is an accident. */
export function isRaised(name: string): boolean {
  return TASK_ERRORS.some((raised) => raised === name);
}

export type TaskErrorName = (typeof TASK_ERRORS)[number];

/** What a task throws for the state machine to catch; its name is what ASL matches. */
export class TaskError extends Error {
  override readonly name: TaskErrorName;

  constructor(name: TaskErrorName, message: string) {
    super(message);
    this.name = name;
  }
}
