import * as z from 'zod';
import { jobIdSchema } from '../../job/identifiers.ts';
import { STATUSES } from '../../job/status.ts';
import { SEMAPHORE_KINDS } from '../../semaphore/semaphore.ts';
import { holderSchema } from './line-shape.ts';

/** What a job may stand at. From `start` on it is its execution that does; `nothing`: it has settled. */
export const STANDS_AT = [
  'confirmation',
  'approval',
  'date',
  'dependencies',
  'admission',
  'lock',
  'resource',
  'slot',
  'release',
  'start',
  'op',
  'person',
  'children',
  'pause',
  'trap',
  'nothing',
] as const;

const semaphoreNameSchema = z.strictObject({
  kind: z.enum(SEMAPHORE_KINDS),
  name: z.string(),
  scope: z.enum(['project', 'global']),
});

/** `GET /jobs/{id}/why`. */
export const jobExplanationSchema = z.strictObject({
  jobId: jobIdSchema,
  status: z.enum(STATUSES),
  standsAt: z.enum(STANDS_AT),
  /** Since when it stands there. */
  since: z.iso.datetime().optional(),
  /** The answer in one sentence. */
  summary: z.string(),
  /** What would move it, a sentence each. */
  movesWhen: z.array(z.string()),
  /** The line it stands in. */
  line: semaphoreNameSchema
    .extend({
      units: z.int(),
      capacity: z.int(),
      held: z.int(),
      waiting: z.int(),
      paused: z.boolean(),
      /** Its place, from 1. */
      position: z.int().min(1),
    })
    .optional(),
  /** Who has what it waits for, at most 20. */
  holders: z.array(holderSchema),
  /** What it holds meanwhile. */
  holds: z.array(semaphoreNameSchema.extend({ units: z.int(), fence: z.int() })),
  dependencies: z.array(z.strictObject({ job: jobIdSchema, status: z.enum(STATUSES).optional() })).optional(),
});

export type JobExplanation = z.output<typeof jobExplanationSchema>;
