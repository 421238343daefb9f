import type { GanetiJob } from './ganeti-job.ts';

/** The highest serial in the ops' logs, 0 without any: not stored, found again when a job is restored. */
export function logSerial(job: Pick<GanetiJob, 'ops'>): number {
  return job.ops.flatMap((op) => op.log).reduce((highest, { serial }) => Math.max(highest, serial), 0);
}
