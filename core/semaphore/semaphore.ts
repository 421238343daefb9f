import * as z from 'zod';
import { jobIdSchema } from '../job/identifiers.ts';
import { instantSchema } from '../job/instant.ts';

/** Version of the stored shapes; raised, with a reader of the old ones, when they change. */
export const SEMAPHORE_SCHEMA_VERSION = 1;

/**
 * What a semaphore stands for: how many jobs a queue admits, how many of them run, units of a
 * resource, a lock, or how many children of one op are under way.
 */
export const SEMAPHORE_KINDS = ['admission', 'slot', 'resource', 'lock', 'group'] as const;

/** The scope of locks and resources that all projects share. No project can have this name. */
export const GLOBAL_SCOPE = '*';

const semaphoreKeySchema = z.strictObject({
  /** A project, or {@link GLOBAL_SCOPE}. */
  scope: z.string(),
  kind: z.enum(SEMAPHORE_KINDS),
  name: z.string(),
});

/** What names a semaphore. */
export type SemaphoreKey = z.infer<typeof semaphoreKeySchema>;

/** Units of a lock: the most jobs that share it. A shared hold takes one of them, an exclusive one all. */
export const LOCK_UNITS = 1_000;

/** Capacity of a queue's semaphore while the queue has no limit: more than jobs will ever run at once. */
export const UNLIMITED = 1_000_000_000;

/** The head: every transaction on a semaphore is guarded by its `ver` and raises it. */
export const semaphoreSchema = z.strictObject({
  ...semaphoreKeySchema.shape,
  schema: z.literal(SEMAPHORE_SCHEMA_VERSION),
  capacity: z.int().min(0),
  /** Units held: the sum of the holds. */
  held: z.int().min(0),
  /** Waiters in line. */
  waiting: z.int().min(0),
  /** The fence of the latest grant: strictly increasing, so that a store can refuse a stale holder. */
  fence: z.int().min(0),
  /** The latest enqueue time given out: makes ranks monotonic when clocks of machines differ. */
  clock: instantSchema,
  /** A paused semaphore grants nothing; what is held stays held. */
  paused: z.boolean(),
  /** 0: it is not stored yet. */
  ver: z.int().min(0),
  /** Set while a grant may be owed to somebody in line: the sweeper looks. */
  dueAt: instantSchema.optional(),
});

export type Semaphore = z.infer<typeof semaphoreSchema>;

/** A semaphore that nobody has used: it is stored by its first grant or place in line. */
export function newSemaphore(key: SemaphoreKey, capacity: number): Semaphore {
  return {
    ...key,
    schema: SEMAPHORE_SCHEMA_VERSION,
    capacity,
    held: 0,
    waiting: 0,
    fence: 0,
    clock: 0,
    paused: false,
    ver: 0,
  };
}

/** Two names of the same semaphore are one text, and its order is the one in which jobs take what they need. */
export function textOfKey({ scope, kind, name }: SemaphoreKey): string {
  return JSON.stringify([scope, kind, name]);
}

/** Units that a job holds, under the fence of their grant. */
export const holdSchema = z.strictObject({
  schema: z.literal(SEMAPHORE_SCHEMA_VERSION),
  jobId: jobIdSchema,
  project: z.string(),
  owner: z.string(),
  units: z.int().min(1),
  fence: z.int().min(1),
  since: instantSchema,
});

export type Hold = z.infer<typeof holdSchema>;

/** A job's place in line. */
export const waitSchema = z.strictObject({
  schema: z.literal(SEMAPHORE_SCHEMA_VERSION),
  jobId: jobIdSchema,
  project: z.string(),
  owner: z.string(),
  units: z.int().min(1),
  rank: z.int().min(0),
  since: instantSchema,
});

export type Wait = z.infer<typeof waitSchema>;
