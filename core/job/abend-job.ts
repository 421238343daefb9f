import type { Op } from '../op/op.ts';
import type { Change } from './change.ts';
import type { Ending, Job } from './job.ts';
import { JOBPLANE } from './journal-entry.ts';
import { type Serves, servedBy } from './live-segment.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import { type EndFacts, endJob, rollbackLeft } from './settle.ts';

/**
 * The job's execution ended without telling us: killed, aborted, or lost (Clarive's Abend). Null when
 * the execution is not the job's any more, or had told us; a job whose end is decided is wound up.
 *
 * @param closed how the execution ended; `atOp`: the op whose work another service may go on with; `stop`: it is
 *   another's that ended, which should have made the job's children
 */
export function abendJob(
  job: Job,
  ops: readonly Op[],
  closed: Serves & { readonly how: string; readonly stop?: true; readonly atOp?: number },
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
  // Its own execution may be alive, where it was another's that made its children; and so may its op's work.
  const { attempt, segment } = live;
  const at = closed.atOp === undefined ? {} : { atOp: closed.atOp };
  const stop: OwedEffect[] =
    closed.stop === true || closed.atOp !== undefined
      ? [{ kind: 'stop', attempt, segment, ...at, by: facts.now + EFFECT_OWED_MS }]
      : [];
  const change = endJob('abend job', live, ending, facts, 'settle first', stop);
  // A function that was called before its execution ended may make the last of them at this moment.
  return closed.stop === true && change.group?.kind === 'close'
    ? { ...change, group: { ...change.group, whileMaking: true } }
    : change;
}
