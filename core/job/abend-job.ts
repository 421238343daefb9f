import type { Op } from '../op/op.ts';
import type { Change } from './change.ts';
import type { Ending, Job } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { type Serves, servedBy } from './live-segment.ts';
import { type EndFacts, endJob, rollbackLeft } from './settle.ts';

/**
 * The job's execution ended without telling us: killed, aborted, or lost (Clarive's Abend). Null when
 * the execution is not the job's any more, or had told us; a job whose end is decided is wound up.
 */
export function abendJob(
  job: Job,
  ops: readonly Op[],
  closed: Serves & { readonly how: string },
  facts: EndFacts,
): Change | null {
  const live = servedBy(job, closed);
  if (live === null) return null;
  const why = `the execution ended outside Jobplane: ${closed.how}`;
  const ending: Ending = {
    status: 'ABENDED',
    error: { code: 'Abended', message: why },
    retryable: true,
    rollback: rollbackLeft(job, facts.spec, ops),
    actor: JOBPLANE,
    message: `Job ended as ABENDED: ${why}`,
  };
  return endJob('abend job', live, ending, facts, 'settle first');
}
