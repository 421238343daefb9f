import * as z from 'zod';
import { jobIdSchema } from '../job/identifiers.ts';
import { SETTLED_STATUSES } from '../job/status.ts';
import { scopeSchema } from '../semaphore/scope.ts';
import { UNLIMITED } from '../semaphore/semaphore.ts';
import { durationOf, durationSchema, secondsOf } from './duration.ts';
import { instantTextSchema } from './instant-text.ts';
import { LIMITS } from './limits.ts';
import { anyJsonSchema, PUBLISHED } from './published.ts';

const CODED = (code: string) => ({ params: { code } });

const NAME = /^[A-Za-z0-9._/-]+$/;

/** 1 to 128 of letters, digits, `.`, `_`, `/`, `-`: never what a key or a log line is built with. */
export const nameSchema = z
  .string()
  .refine((text) => NAME.test(text) && text.length <= LIMITS.nameCharacters, {
    error: `must be 1 to ${LIMITS.nameCharacters} of letters, digits, '.', '_', '/' and '-'`,
    ...CODED('InvalidName'),
  })
  .register(PUBLISHED, namePattern('[A-Za-z0-9._/-]'));

/** A session's id stands in a path, so it has no slash. */
export const sessionIdSchema = nameSchema
  .refine((text) => !text.includes('/'), {
    error: "must have no '/', since it stands in a path",
    ...CODED('InvalidName'),
  })
  .register(PUBLISHED, namePattern('[A-Za-z0-9._-]'));

/** An op's name has no dot, since `$from` paths are separated by dots. */
const opNameSchema = nameSchema
  .refine((text) => !text.includes('.'), {
    error: "must have no '.', since references separate their parts by it",
    ...CODED('InvalidName'),
  })
  .register(PUBLISHED, namePattern('[A-Za-z0-9_/-]'));

/** Step Functions' own bound for a task, and one year: TimeoutSeconds takes no more than 99,999,999. */
const ONE_YEAR_SECONDS = 31_536_000;

const clockSchema = durationOf({ minSeconds: 1, maxSeconds: ONE_YEAR_SECONDS });

export const retrySchema = z.strictObject({
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

/** A start window, approval window: how long a job may wait for something. At least a second. */
const windowSchema = durationOf({ minSeconds: 1, maxSeconds: 100 * ONE_YEAR_SECONDS });

/** What becomes of an op that failed for good with `onError: trap`: its job waits for an answer. */
export const trapSchema = z.strictObject({
  /** None: the job waits until somebody answers. */
  timeout: windowSchema.optional(),
  /** What the timeout answers. */
  onTimeout: z.enum(['abort', 'skip', 'retry']).default('abort'),
  /** How often the timeout may answer `retry`; once they are used up, it answers `abort`. */
  maxRetries: z.int().min(1).max(LIMITS.retryAttempts).default(3),
});

export type TrapPolicy = z.infer<typeof trapSchema>;

const trapIsMeant = (op: { onError: string; trap?: unknown }) =>
  op.trap === undefined || op.onError === 'trap';

const TRAP_IS_MEANT = { error: "goes only with onError 'trap'", path: ['trap'] };

export const rollbackSchema = z
  .strictObject({
    action: nameSchema,
    input: anyJsonSchema.default({}),
    /** `started`: also when the op was cut off or failed. */
    when: z.enum(['completed', 'started']).default('completed'),
    retry: retrySchema.optional(),
    /** `fail`: it is recorded, and the other rollbacks still run. */
    onError: z.enum(['fail', 'trap']).default('fail'),
    trap: trapSchema.optional(),
    ...clocks,
  })
  .refine(heartbeatBelowTimeout, HEARTBEAT_BELOW_TIMEOUT)
  .refine(trapIsMeant, TRAP_IS_MEANT);

/** The action of every op of children: its name is said by `children`, and stored like any other's. */
export const CHILDREN_ACTION = 'children';

const toleranceSchema = z.union([
  z.strictObject({ count: z.int().min(0).max(LIMITS.children) }),
  z.strictObject({ percent: z.number().min(0).max(100) }),
]);

export const childrenSchema = z.strictObject({
  /** One child each: a list, or `{$from: path}` of one. */
  items: anyJsonSchema,
  /** What each of them is: `{$item: path}` in it is a part of its item. */
  job: z.lazy((): z.ZodType<ChildTemplate> => childTemplateSchema),
  /** How many of them are under way at once; none: as many as their queue lets in. */
  concurrency: z.int().min(1).max(LIMITS.children).optional(),
  /** `cancelRest`: the first that does not succeed cancels the others, and fails the op. */
  onChildFailure: z.enum(['continue', 'cancelRest']).default('continue'),
  /** How many of them may be unsuccessful without failing the op; none given: all but all. */
  tolerate: toleranceSchema.optional(),
});

export type ChildrenSpec = z.infer<typeof childrenSchema>;

const isOneCall = (op: { action: string; children?: unknown }) =>
  (op.children !== undefined) === (op.action === CHILDREN_ACTION);

const IS_ONE_CALL = { error: "must have either an 'action' or 'children'", path: ['action'] };

const childrenAloneSay = (op: { children?: unknown; rollback?: unknown; heartbeat?: unknown }) =>
  op.children === undefined || (op.rollback === undefined && op.heartbeat === undefined);

const CHILDREN_ALONE_SAY = {
  error: 'takes no rollback and no heartbeat: completed children are undone by their own rollbacks',
  path: ['children'],
};

export const opSchema = z
  .strictObject({
    name: opNameSchema,
    step: z.enum(['PRE', 'RUN', 'POST']).default('RUN'),
    action: nameSchema.default(CHILDREN_ACTION),
    children: childrenSchema.optional(),
    input: anyJsonSchema.default({}),
    /** The op's own priority; the job's where it has none. */
    priority: z.int().min(-20).max(19).optional(),
    retry: retrySchema.optional(),
    onError: z.enum(['fail', 'trap', 'continue', 'finish']).default('fail'),
    trap: trapSchema.optional(),
    rollback: rollbackSchema.optional(),
    ...clocks,
  })
  .refine(heartbeatBelowTimeout, HEARTBEAT_BELOW_TIMEOUT)
  .refine(trapIsMeant, TRAP_IS_MEANT)
  .refine(isOneCall, IS_ONE_CALL)
  .refine(childrenAloneSay, CHILDREN_ALONE_SAY);

/** Without `\P{Cc}`, which not every language's regular expressions know. */
const LABEL_VALUE = {
  type: 'string',
  maxLength: LIMITS.labelValueCharacters,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
} as const;

const labelsSchema = z
  .record(
    nameSchema,
    z
      .string()
      .max(LIMITS.labelValueCharacters)
      .regex(/^\P{Cc}*$/u, 'must have no control characters')
      .register(PUBLISHED, LABEL_VALUE),
  )
  .refine((labels) => Object.keys(labels).length <= LIMITS.labels, {
    error: `must have at most ${LIMITS.labels} labels`,
    ...CODED('TooManyLabels'),
  });

/** `global`: shared by all projects. */
const specScopeSchema = scopeSchema.default('project');

const lockSchema = z.strictObject({
  name: nameSchema,
  mode: z.enum(['exclusive', 'shared']).default('exclusive'),
  scope: specScopeSchema,
});

const resourceSchema = z.strictObject({
  name: nameSchema,
  units: z.int().min(1).max(UNLIMITED).default(1),
  scope: specScopeSchema,
});

/** How long after its date a job may still start, where the date is given and nothing else is said. */
export const START_WINDOW = 'P1D';

const scheduleSchema = z.strictObject({
  /** The past means now. */
  at: instantTextSchema.optional(),
  /** A job whose RUN has not started by then is EXPIRED; counted from the date, or from now. */
  startWithin: windowSchema.default(START_WINDOW),
});

/** `user:<name>` or `group:<name>`, a group of the job's project. */
const APPROVER = /^(?:user|group):.+$/su;

const approvalSchema = z.strictObject({
  approvers: z
    .array(
      z.string().max(LIMITS.approverCharacters).regex(APPROVER, {
        error: "must be 'user:<name>' or 'group:<name>'",
      }),
    )
    .min(1, 'must name somebody who can approve')
    .max(LIMITS.approvers),
  /** Nobody decided by then: the job is EXPIRED. */
  window: windowSchema.default('P1D'),
  allowOwner: z.boolean().default(false),
});

const dependencySchema = z.strictObject({
  job: jobIdSchema,
  /** Outcomes that let this job go on. */
  outcomes: z
    .array(z.enum(SETTLED_STATUSES))
    .min(1)
    .max(SETTLED_STATUSES.length)
    .default(['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS']),
  /** What becomes of this job at any other outcome. */
  otherwise: z.enum(['fail', 'cancel', 'run']).default('fail'),
});

const needsSchema = {
  dependsOn: z
    .array(dependencySchema)
    .refine((dependencies) => dependencies.length <= LIMITS.dependencies, {
      error: `must have at most ${LIMITS.dependencies} dependencies`,
      ...CODED('TooManyDependencies'),
    })
    .default([]),
  locks: z.array(lockSchema).default([]),
  resources: z.array(resourceSchema).default([]),
};

/** Rules of a job that hold for a child as for any other. */
const ownRules = {
  /** Stands as CREATED until somebody confirms it or gives it a date. */
  hold: z.boolean().default(false),
  schedule: scheduleSchema.optional(),
  approval: approvalSchema.optional(),
  /** How long somebody may hold the job between two ops; after that it is FAILED, and undone. */
  pause: z.strictObject({ window: windowSchema.default('P1D') }).default({ window: 'P1D' }),
  /** `strict`: a job that completed is immutable (Ooyala Flex). */
  rerunPolicy: z.enum(['permitted', 'strict']).default('permitted'),
  rollback: z
    .strictObject({ onFailure: z.boolean().default(true), onCancel: z.boolean().default(true) })
    .default({ onFailure: true, onCancel: true }),
};

export const opsSchema = z
  .array(opSchema)
  .min(1, 'must have at least one op')
  .refine((ops) => ops.length <= LIMITS.ops, {
    error: `must have at most ${LIMITS.ops} ops`,
    ...CODED('TooManyOps'),
  });

/** Stands for a part of the child's item, where a child's own name, label or lock is made of it. */
const itemReferenceSchema = z.strictObject({ $item: z.string() });

const itemOr = <Schema extends z.ZodType>(schema: Schema) => z.union([itemReferenceSchema, schema]);

const childRules = z.strictObject({
  name: itemOr(nameSchema),
  queue: itemOr(nameSchema).default('default'),
  priority: z.int().min(-20).max(19).default(0),
  labels: z.record(nameSchema, itemOr(z.string())).default({}),
  locks: z.array(lockSchema.extend({ name: itemOr(nameSchema) })).default([]),
  resources: z.array(resourceSchema.extend({ name: itemOr(nameSchema) })).default([]),
  ...ownRules,
});

/** Written out, since a template may hold templates. */
export interface ChildTemplate extends z.infer<typeof childRules> {
  ops: OpSpec[];
}

/**
 * What each child of an op is. Its project, owner, session and retention are its parent's, and it depends on
 * no job; the rest is as in a specification, of which it becomes one once its item is put in.
 */
export const childTemplateSchema = childRules.extend({ ops: opsSchema });

/**
 * What a job is stored with. Every key is known: an unknown one is refused rather than ignored, since a
 * misspelt `rollback` that does nothing is found in the worst moment.
 */
export const jobSpecSchema = z.strictObject({
  name: nameSchema,
  project: nameSchema,
  queue: nameSchema.default('default'),
  priority: z.int().min(-20).max(19).default(0),
  labels: labelsSchema.default({}),
  /** A confirmed logout of this session cancels the job (Oracle VM Manager); one that times out does not. */
  sessionId: sessionIdSchema.optional(),
  ...needsSchema,
  ...ownRules,
  ops: opsSchema,
  /** How long a settled job stays readable. */
  retention: durationSchema.default('P30D'),
});

/** What a caller submits: how long the job stays readable is the deployment's own, if they do not say. */
export const submittedSpecSchema = jobSpecSchema.extend({ retention: durationSchema.optional() });

export type SubmittedSpec = z.infer<typeof submittedSpecSchema>;

/** What a child has of its family, beside what a caller could submit: derived, and never stored. */
export interface Family {
  /** Units of what its ancestors hold, by the text of the semaphore's key: it does not ask for that. */
  readonly inherited: Readonly<Record<string, number>>;
  /** The last, in the one order, of all that an ancestor ever holds while it lives: it asks for what comes behind. */
  readonly last?: string;
  /** The semaphore of its group, where the op says how many children are under way at once. */
  readonly concurrency?: { readonly name: string; readonly capacity: number };
}

/** A job's specification; `family` only where the job is a child. */
export type JobSpec = z.infer<typeof jobSpecSchema> & { readonly family?: Family };
export type ResourceSpec = JobSpec['resources'][number];
export type OpSpec = JobSpec['ops'][number];
export type RollbackSpec = NonNullable<OpSpec['rollback']>;

function namePattern(character: string) {
  return { type: 'string', pattern: `^${character}{1,${LIMITS.nameCharacters}}$` } as const;
}

function isShorter(duration: string, than: string): boolean {
  return secondsOf(duration) < secondsOf(than);
}
