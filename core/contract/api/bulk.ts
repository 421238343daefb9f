import * as z from 'zod';
import { isoOf } from '../../job/instant.ts';
import type { StatusClass } from '../../job/status.ts';
import { cancelJobBodySchema } from './cancel-job.ts';
import { changePriorityBodySchema } from './change-priority.ts';
import { jobShapeSchema } from './job-shape.ts';
import { listJobsQuerySchema } from './list-jobs.ts';
import { projectSchema } from './parameters.ts';
import { RUN_NOW_IS_MEANT, rerunJobBodySchema, runNowIsMeant } from './rerun-job.ts';

/** Which jobs, as `GET /jobs` takes it. */
const filterSchema = listJobsQuerySchema
  .pick({ class: true, status: true, queue: true, owner: true, label: true, since: true })
  .refine(
    ({ label, ...others }) => label.length > 0 || Object.values(others).some((value) => value !== undefined),
    {
      error: 'must say which jobs: an empty filter would be all of the project',
    },
  );

const request = {
  project: projectSchema.optional(),
  filter: filterSchema,
  /** Says which jobs match, and does nothing. */
  dryRun: z.boolean().default(false),
};

/** Body of `POST /bulk`: beside the filter, what the route of one job takes. */
export const bulkBodySchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('cancel'), ...request, ...cancelJobBodySchema.shape }),
  z
    .strictObject({ action: z.literal('rerun'), ...request, ...rerunJobBodySchema.shape })
    .refine(runNowIsMeant, RUN_NOW_IS_MEANT),
  z.strictObject({
    action: z.literal('reprioritise'),
    ...request,
    priority: changePriorityBodySchema.shape.priority,
  }),
]);

/** What is to be done to which jobs of a project. */
export type Bulk = z.output<typeof bulkBodySchema>;

/** The same as JSON, for {@link bulkBodySchema} to read again. */
export function jsonOfBulk({ project: _project, dryRun: _dryRun, ...bulk }: Bulk): unknown {
  const { label, since, ...filter } = bulk.filter;
  return {
    ...bulk,
    filter: {
      ...filter,
      label: label.map(({ key, value }) => `${key}:${value}`),
      ...(since === undefined ? {} : { since: isoOf(since) }),
    },
  };
}

/** Which jobs: where the filter names neither class nor status, those that the action is for. */
export function filterOfBulk({ action, filter }: Bulk) {
  return { ...filter, classes: CLASSES[action] };
}

const CLASSES: Readonly<Record<Bulk['action'], readonly StatusClass[]>> = {
  cancel: ['waiting', 'running', 'attention'],
  rerun: ['attention', 'ended'],
  reprioritise: ['waiting', 'running', 'attention'],
};

/** Answer of a dry run. */
export const bulkDryRunSchema = z.strictObject({
  dryRun: z.literal(true),
  /** How many jobs match, of the first 1,000. */
  matched: z.int(),
  /** There may be more. */
  more: z.boolean(),
  /** The newest of them, at most 20. */
  items: z.array(jobShapeSchema),
});
