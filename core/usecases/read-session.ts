import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import { isSettled } from '../job/status.ts';
import type { Deps } from '../ports/deps.ts';
import type { SessionJob, SessionStore } from '../ports/session-store.ts';

/** Live jobs that an answer shows. */
const JOBS_SHOWN = 100;

/** Live jobs of one session that count: more than anybody asks about one by one. */
const JOBS_READ = 10_000;
const PAGE = 500;

/** 50,000 entries: whoever guesses another's session id cannot hide its jobs behind 10,000 of their own. */
const PAGES = 100;

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
  const live = await jobsOfSession(deps, sessionId, mayAsk);
  const heads = await Promise.all(live.slice(0, JOBS_SHOWN).map(({ jobId }) => deps.store.readJob(jobId)));
  // Some may have settled since they were listed.
  const jobs = heads.filter((job) => job !== null).filter(({ status }) => !isSettled(status));
  return { live: live.length, jobs };
}

/** The live jobs of a session that the caller may ask about, oldest first. */
export async function jobsOfSession(
  { store }: { readonly store: SessionStore },
  sessionId: string,
  mayAsk: (job: SessionJob) => boolean,
): Promise<readonly SessionJob[]> {
  const jobs: SessionJob[] = [];
  let after: JobId | undefined;
  for (let read = 0; read < PAGES && jobs.length < JOBS_READ; read += 1) {
    const page = await store.listSession(sessionId, { after, limit: PAGE });
    jobs.push(...page.filter(mayAsk));
    if (page.length < PAGE) break;
    after = page.at(-1)?.jobId;
  }
  return jobs;
}
