import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, trySchema } from '../job/identifiers.ts';
import { instantSchema } from '../job/instant.ts';
import type { ChildOf, Job, SettledJob } from '../job/job.ts';
import { jobErrorSchema } from '../job/job-error.ts';
import { SETTLED_STATUSES } from '../job/status.ts';
import type { SemaphoreKey } from '../semaphore/semaphore.ts';

/** Version of the stored shapes; raised, with a reader of the old ones, when they change. */
export const GROUP_SCHEMA_VERSION = 1;

const refSchema = z.strictObject({
  /** The parent. */
  jobId: jobIdSchema,
  attempt: attemptSchema,
  /** Index of the op of children, or of its rollback. */
  op: opIndexSchema,
  try: trySchema,
});

/** Names the children of one try of an op. */
export type GroupRef = z.infer<typeof refSchema>;

/** Why no more children are made, and those there are cancelled. */
const closedSchema = z.strictObject({
  /** `forced`: the parent was ended by force, and so are they. */
  how: z.enum(['canceled', 'forced', 'failed']),
  at: instantSchema,
  /** What the op fails with, where the parent goes on. */
  error: jobErrorSchema.optional(),
});

export type Closed = z.infer<typeof closedSchema>;

/** How many children a try of an op has, and what became of those that have ended. */
export const groupSchema = z.strictObject({
  ...refSchema.shape,
  schema: z.literal(GROUP_SCHEMA_VERSION),
  /** `run`: the op's own. `undo`: its rollback, which undoes children of earlier tries. */
  verb: z.enum(['run', 'undo']),
  total: z.int().min(0),
  /** Those that were made, or passed over; all of them, unless it is closed before. */
  created: z.int().min(0),
  settled: z.int().min(0),
  /** Of the settled ones: those that did not succeed. */
  unsuccessful: z.int().min(0),
  /** Settled ones by how they ended. */
  counts: z.partialRecord(z.enum(SETTLED_STATUSES), z.int().min(1)),
  closed: closedSchema.optional(),
});

export type Group = z.infer<typeof groupSchema>;

/** How a child counts. */
export interface ChildOutcome {
  readonly status: (typeof SETTLED_STATUSES)[number];
  readonly unsuccessful: boolean;
}

/** One child of a group: written with it, counted once. */
export const childLinkSchema = z.strictObject({
  ...refSchema.shape,
  schema: z.literal(GROUP_SCHEMA_VERSION),
  /** Position among the children of the group, from 0. */
  child: z.int().min(0),
  /** None: it could not be made, and `error` says why. */
  id: jobIdSchema.optional(),
  error: jobErrorSchema.optional(),
  /** How it ended, once its group has counted it. */
  counted: z.enum(SETTLED_STATUSES).optional(),
});

export type ChildLink = z.infer<typeof childLinkSchema>;

/** What a change does to the group of children of its job. */
export type GroupWrite =
  | { readonly kind: 'open'; readonly group: Group }
  /** The group must be open; and still without some of its children, where it is closed for want of them. */
  | { readonly kind: 'close'; readonly ref: GroupRef; readonly closed: Closed; readonly whileMaking?: true };

/** A group as its op begins. */
export function newGroup(ref: GroupRef, verb: Group['verb'], total: number): Group {
  return {
    ...ref,
    schema: GROUP_SCHEMA_VERSION,
    verb,
    total,
    created: 0,
    settled: 0,
    unsuccessful: 0,
    counts: {},
  };
}

/** Whether all children have ended that there will ever be. */
export function isComplete({ closed, total, created, settled }: Group): boolean {
  return settled === (closed === undefined ? total : created);
}

/** The group whose children have not all ended; undefined where the job waits for none. */
export function groupRefOf(job: Job): GroupRef | undefined {
  return job.children === undefined ? undefined : { jobId: job.id, attempt: job.attempt, ...job.children };
}

/** Whether both name the same group. */
export function isSameGroup(one: GroupRef, other: GroupRef): boolean {
  return (
    one.jobId === other.jobId && one.attempt === other.attempt && one.op === other.op && one.try === other.try
  );
}

/** The group that counts a child. */
export function groupOfChild({ id, attempt, op, try: number }: ChildOf): GroupRef {
  return { jobId: id, attempt, op, try: number };
}

/** The semaphore of an op of children that says how many are under way at once. */
export function groupSemaphore(project: string, { jobId, attempt, op, try: number }: GroupRef): SemaphoreKey {
  return { scope: project, kind: 'group', name: `${jobId}/${attempt}/${op}/${number}` };
}

/** How a settled job counts in its group: one that was undone with its parent is a success if nothing is left. */
export function outcomeOfChild(job: SettledJob): ChildOutcome {
  const { status } = job;
  const unsuccessful =
    job.again?.kind === 'rollback'
      ? job.rollback !== 'ok' && job.rollback !== 'none'
      : status !== 'COMPLETED_OK' && status !== 'COMPLETED_WITH_WARNINGS';
  return { status, unsuccessful };
}
