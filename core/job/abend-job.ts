import type { JobSpec } from '../contract/job-spec.ts';
import type { Op } from '../op/op.ts';
import type { Change } from './change.ts';
import type { Instant } from './instant.ts';
import { commonOf, type Job, type SettledJob } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { type Serves, servedBy } from './live-segment.ts';
import { endedAt, rollbackLeft, settleChange } from './settle.ts';

/**
 * The job's execution ended without telling us: killed, aborted, or lost (Clarive's Abend). Null when
 * the execution is not the job's any more, or had told us.
 */
export function abendJob(
  job: Job,
  spec: JobSpec,
  ops: readonly Op[],
  closed: Serves & { readonly how: string },
  now: Instant,
): Change | null {
  const live = servedBy(job, closed);
  if (live === null) return null;
  const parts = { job: live, spec, now };
  const message = `the execution ended outside Jobplane: ${closed.how}`;
  const end: SettledJob = {
    ...commonOf(live),
    status: 'ABENDED',
    error: { code: 'Abended', message },
    retryable: true,
    rollback: rollbackLeft(spec, ops),
    ...endedAt(parts),
  };
  return settleChange('abend job', parts, end, `Job ended as ABENDED: ${message}`, JOBPLANE);
}
