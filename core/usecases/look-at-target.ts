import type { Outcome } from '../job/complete-op.ts';
import type { JobId } from '../job/identifiers.ts';
import { JOBPLANE } from '../job/journal-entry.ts';
import type { RunningCall } from '../ports/actions.ts';
import type { Deps } from '../ports/deps.ts';
import type { Targets } from '../ports/targets.ts';
import { completeTry } from './complete-try.ts';

/** Services list what they have started a little later: work that is younger is not missed. */
const LISTED_AFTER_MS = 60_000;

const LOST: Outcome = {
  kind: 'failed',
  error: {
    code: 'Lost',
    message: 'the service that ran it does not know it any more; whether it came to its end cannot be told',
  },
};

/**
 * Asks the service how the work of a try goes, and completes the try with what it finds: the event of
 * its end was lost, or its work has vanished. True if the try was completed by this call.
 */
export async function lookAtTarget(
  deps: Deps,
  targets: Pick<Targets, 'describe'>,
  { jobId, ...running }: RunningCall & { readonly jobId: JobId },
): Promise<boolean> {
  const [op] = await deps.store.readSomeOps(jobId, running.attempt, [running.op]);
  if (op?.status !== 'running' || op.try !== running.try || !op.dispatched) return false;
  const found = await targets.describe(op.action, { jobId, ...running }, op.nonce);
  const isYoung = deps.surroundings.now() - op.tryStartedAt < LISTED_AFTER_MS;
  if (found.kind === 'running' || (found.kind === 'missing' && isYoung)) return false;
  const outcome = found.kind === 'ended' ? found.outcome : LOST;
  const completed = await completeTry(deps, jobId, { ...running, nonce: op.nonce, outcome, actor: JOBPLANE });
  return completed.ok;
}
