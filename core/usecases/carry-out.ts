import type { Change, LineChange } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import type { OwedEffect } from '../job/owed-effect.ts';
import { clearEffects } from '../job/settle-debts.ts';
import type { Deps } from '../ports/deps.ts';
import { grantNext } from '../queue/grant-next.ts';
import type { SemaphoreKey } from '../semaphore/semaphore.ts';
import { advanceJob } from './advance-job.ts';
import { changeJob } from './change-job.ts';
import { readLines } from './read-facts.ts';
import { CLEARED_BY_ITSELF, runEffect } from './run-effect.ts';

/**
 * How long one call goes on with those who follow from its commit, as when a raised limit lets in a
 * whole line: its caller waits for it. What is left is owed, and the sweeper goes on with it.
 */
const FOLLOW_MS = 5_000;

/** What a commit leaves behind: its own job, if it has one, and those beside it. */
type Committed = Pick<LineChange, 'semaphores' | 'touched'> & { readonly job?: Job };

type Work =
  | { readonly kind: 'carry out'; readonly job: Job }
  | { readonly kind: 'advance'; readonly jobId: JobId }
  | { readonly kind: 'grant'; readonly key: SemaphoreKey };

/**
 * Does what a commit leaves to be done, right after it: the job's own effects, then the waiters that it
 * let go on, and theirs. All of that is owed, so what fails here is done by the sweeper.
 */
export async function carryOut(deps: Deps, change: Committed): Promise<void> {
  const work: Work[] = [];
  const follow = (next: Committed) => {
    if (next.job !== undefined) work.push({ kind: 'carry out', job: next.job });
    work.push(...next.touched.flatMap(({ job }) => advanceOf(job)));
    work.push(...next.semaphores.flatMap(({ semaphore }) => grantOf(semaphore)));
  };
  follow(change);
  const until = deps.surroundings.now() + FOLLOW_MS;
  for (let next = work.shift(); next !== undefined; next = work.shift()) {
    try {
      for (const followed of await perform(deps, next)) follow(followed);
    } catch (error) {
      deps.reportOwed(next.kind, error);
    }
    if (deps.surroundings.now() > until) return;
  }
}

/** Does what a job owes, and what follows from that. */
export function carryOutJob(deps: Deps, job: Job): Promise<void> {
  return carryOut(deps, { job, semaphores: [], touched: [] });
}

/** Grants the front of a line that is owed it. Null: nobody is owed anything there. */
export async function grantOwed(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  key: SemaphoreKey,
): Promise<LineChange | null> {
  const { change } = await changeJob(deps, async () => {
    const [line] = await readLines(deps, [key]);
    return { change: line === undefined ? null : grantNext(line, deps.surroundings.now()) };
  });
  return change;
}

function advanceOf(job: Job): readonly Work[] {
  return job.owed.some(({ kind }) => kind === 'advance') ? [{ kind: 'advance', jobId: job.id }] : [];
}

function grantOf(semaphore: SemaphoreKey & { readonly dueAt?: number | undefined }): readonly Work[] {
  if (semaphore.dueAt === undefined) return [];
  const { scope, kind, name } = semaphore;
  return [{ kind: 'grant', key: { scope, kind, name } }];
}

async function perform(deps: Deps, work: Work): Promise<readonly Committed[]> {
  switch (work.kind) {
    case 'advance':
      return listed(await advanceJob(deps, work.jobId));
    case 'grant':
      return listed(await grantOwed(deps, work.key));
    case 'carry out':
      return carryOutEffects(deps, work.job);
  }
}

function listed<Followed>(change: Followed | null): readonly Followed[] {
  return change === null ? [] : [change];
}

async function carryOutEffects(deps: Deps, job: Job): Promise<readonly Change[]> {
  const followed: Change[] = [];
  const done: OwedEffect[] = [];
  for (const effect of job.owed) {
    try {
      followed.push(...(await runEffect(deps, job, effect)).followed);
      if (effect.kind === 'delete') return followed;
      if (CLEARED_BY_ITSELF.has(effect.kind)) done.push(effect);
    } catch (error) {
      deps.reportOwed(effect.kind, error);
      // What comes after it may need it: a job is not removed before its execution is stopped.
      break;
    }
  }
  if (done.length > 0) await clear(deps, job.id, done);
  return followed;
}

async function clear(deps: Deps, jobId: JobId, done: readonly OwedEffect[]): Promise<void> {
  await changeJob(deps, async () => {
    const current = await deps.store.readJob(jobId);
    const now = deps.surroundings.now();
    return { change: current === null ? null : clearEffects(current, done, now, 'whoever owed them') };
  });
}
