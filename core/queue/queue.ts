import * as z from 'zod';

/** Version of the stored shape; raised, with a reader of the old one, when it changes. */
export const QUEUE_SCHEMA_VERSION = 1;

/** The queue that every project has, without limits until somebody sets some. */
export const DEFAULT_QUEUE = 'default';

/** The most that a limit may be: beyond it there is none. */
const LIMIT_MAX = 1_000_000;

/** What somebody may set of a queue; what is left out has no limit. */
export const queueLimitsSchema = z.strictObject({
  /** Jobs that run at once. */
  maxRunning: z.int().min(1).max(LIMIT_MAX).optional(),
  /** Jobs that are admitted at once: those that run, and those that wait for locks, resources or a slot. */
  maxAdmitted: z.int().min(1).max(LIMIT_MAX).optional(),
  /** Starts nothing; what runs goes on. */
  paused: z.boolean().default(false),
  /** Accepts no new job; what was accepted runs. */
  draining: z.boolean().default(false),
});

export type QueueLimits = z.infer<typeof queueLimitsSchema>;

export const queueSchema = z.strictObject({
  ...queueLimitsSchema.shape,
  schema: z.literal(QUEUE_SCHEMA_VERSION),
  project: z.string(),
  name: z.string(),
  version: z.int().min(1),
});

export type Queue = z.infer<typeof queueSchema>;
