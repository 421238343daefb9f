import * as z from 'zod';
import { submittedSpecSchema } from '../job-spec.ts';
import { LIMITS } from '../limits.ts';
import { PUBLISHED } from '../published.ts';
import { jobShapeSchema } from './job-shape.ts';
import { problemSchema } from './problem.ts';
import { idempotencyKeySchema } from './submit-job.ts';

/** Body of `POST /jobs/batch`. Each job is read by itself, so that a bad one loses nothing of the others. */
export const submitBatchBodySchema = z.strictObject({
  jobs: z
    .array(z.unknown().register(PUBLISHED, { $ref: '#/components/schemas/BatchJob' }))
    .min(1, 'must have at least one job')
    .refine((jobs) => jobs.length <= LIMITS.batchJobs, {
      error: `must have at most ${LIMITS.batchJobs} jobs`,
      params: { code: 'TooManyJobs' },
    }),
});

/** One of its jobs. */
export const batchJobSchema = z.strictObject({
  spec: submittedSpecSchema,
  /** As the header of `POST /jobs`. */
  idempotencyKey: idempotencyKeySchema.optional(),
});

/** What became of each, in the order of the body. */
export const batchSubmittedSchema = z.strictObject({
  items: z.array(
    z.union([
      z.strictObject({
        status: z.literal(201),
        job: jobShapeSchema,
        /** The same key and specification made it before. */
        replayed: z.literal(true).optional(),
      }),
      z.strictObject({ status: z.int().min(400), error: problemSchema }),
    ]),
  ),
});

export type BatchItem = z.output<typeof batchSubmittedSchema>['items'][number];
