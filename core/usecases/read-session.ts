import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import { isSettled } from '../job/status.ts';
import type { Deps } from '../ports/deps.ts';
import type { SessionJob } from '../ports/session-store.ts';

/** Live jobs that an answer shows. */
const JOBS_SHOWN = 100;

/** Live jobs of one session that are read: 20 pages, and more than anybody asks about one by one. */
const JOBS_READ = 10_000;
const PAGE = 500;

export interface SessionRead {
  /** How many of its jobs have not settled, of the first 10,000. */
  readonly live: number;
  readonly jobs: readonly Job[];
}

/**
 * The live jobs of a session, as far as the caller may ask about them: what a logout would cancel
 * (Oracle VM Manager warns of pending jobs before it logs out). To others the session has none.
 */
export async function readSession(
  deps: Pick<Deps, 'store'>,
  sessionId: string,
  mayAsk: (job: SessionJob) => boolean,
): Promise<SessionRead> {
  const live = (await jobsOfSession(deps, sessionId)).filter(mayAsk);
  const heads = await Promise.all(live.slice(0, JOBS_SHOWN).map(({ jobId }) => deps.store.readJob(jobId)));
  // Some may have settled since they were listed.
  const jobs = heads.filter((job) => job !== null).filter(({ status }) => !isSettled(status));
  return { live: live.length, jobs };
}

/** The live jobs of a session, oldest first. */
export async function jobsOfSession(
  deps: Pick<Deps, 'store'>,
  sessionId: string,
): Promise<readonly SessionJob[]> {
  const jobs: SessionJob[] = [];
  let after: JobId | undefined;
  while (jobs.length < JOBS_READ) {
    const page = await deps.store.listSession(sessionId, { after, limit: PAGE });
    jobs.push(...page);
    if (page.length < PAGE) break;
    after = page.at(-1)?.jobId;
  }
  return jobs;
}
