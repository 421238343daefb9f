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

const semaphoreKeySchema = z.strictObject({
  /** A project, or the one scope of everything global. */
  scope: z.string(),
  kind: z.enum(SEMAPHORE_KINDS),
  name: z.string(),
});

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
  ver: z.int().min(0),
  /** Set while a grant may be owed to somebody in line: the sweeper looks. */
  dueAt: instantSchema.optional(),
});

export type Semaphore = z.infer<typeof semaphoreSchema>;

/** Units that a job holds, under the fence of their grant. */
export const holdSchema = z.strictObject({
  schema: z.literal(SEMAPHORE_SCHEMA_VERSION),
  jobId: jobIdSchema,
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
  owner: z.string(),
  units: z.int().min(1),
  rank: z.int(),
  since: instantSchema,
});

export type Wait = z.infer<typeof waitSchema>;
