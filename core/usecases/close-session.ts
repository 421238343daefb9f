import type { CancelAnswer } from '../job/cancel-job.ts';
import type { Deps } from '../ports/deps.ts';
import type { SessionJob } from '../ports/session-store.ts';
import { cancelJob } from './cancel-job.ts';
import { jobsOfSession } from './read-session.ts';

/** How long one call goes on canceling: its function has 29 s, as long as API Gateway waits. */
const CLOSES_FOR_MS = 20_000;

/** Jobs canceled side by side, as a sweep looks at them. */
const CANCELS_AT_ONCE = 8;

export interface SessionClosed {
  /** Ended by this call. */
  readonly canceled: number;
  /** Being stopped, and undone. */
  readonly canceling: number;
  /** Took no cancel any more: they end by themselves. */
  readonly refused: number;
  /** Not come to, or not canceled for a fault of ours: ask again. */
  readonly left: number;
}

/**
 * A confirmed logout: cancels every live job of the session that the caller may ask about. A session
 * that merely times out calls nothing, and leaves its jobs alone (Oracle VM Manager).
 */
export async function closeSession(
  deps: Deps,
  sessionId: string,
  mayAsk: (job: SessionJob) => boolean,
  actor: string,
): Promise<SessionClosed> {
  const jobs = await jobsOfSession(deps, sessionId, mayAsk);
  const closed = { canceled: 0, canceling: 0, refused: 0, left: 0 };
  const until = deps.surroundings.now() + CLOSES_FOR_MS;
  for (let from = 0; from < jobs.length; from += CANCELS_AT_ONCE) {
    const batch = jobs.slice(from, from + CANCELS_AT_ONCE);
    const isOver = deps.surroundings.now() > until;
    const outcomes = isOver
      ? batch.map(() => 'left' as const)
      : await Promise.all(batch.map((job) => cancel(deps, job, sessionId, actor)));
    for (const outcome of outcomes) closed[outcome] += 1;
  }
  return closed;
}

/** One job that cannot be canceled now does not keep the others. */
async function cancel(
  deps: Deps,
  { jobId }: SessionJob,
  sessionId: string,
  actor: string,
): Promise<CancelAnswer['outcome'] | 'refused' | 'left'> {
  const reason = `${actor} logged out of session ${sessionId}`;
  const command = { actor, reason, onlyIfQueued: false, force: false, rollback: true };
  try {
    const canceled = await cancelJob(deps, jobId, command);
    return canceled.ok ? canceled.answer.outcome : 'refused';
  } catch (error) {
    deps.reportOwed(`cancel ${jobId}`, error);
    return 'left';
  }
}
