import { BULK_ACTION } from '../contract/action-catalog.ts';
import { type Bulk, jsonOfBulk } from '../contract/api/bulk.ts';
import { type JobSpec, jobSpecSchema } from '../contract/job-spec.ts';

/**
 * Beats come with each page of targets, seconds apart; a process that died is followed by the next try
 * after two minutes, which goes on where it was. Ten of them are more than a bad day has.
 */
const OP = {
  heartbeat: 'PT2M',
  retry: { maxAttempts: 10, interval: 'PT5S', backoff: 1, maxInterval: 'PT5S' },
} as const;

/** The job that does something to many: Jobplane's own, since callers cannot name its action. */
export function bulkSpec(project: string, bulk: Bulk): JobSpec {
  return jobSpecSchema.parse({
    name: `bulk-${bulk.action}`,
    project,
    // Another go would meet other jobs: whoever wants that says so by a job of their own.
    rerunPolicy: 'strict',
    ops: [{ name: 'bulk', action: BULK_ACTION, input: jsonOfBulk(bulk), ...OP }],
  });
}
