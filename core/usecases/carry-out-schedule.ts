import { isDeleted } from '../job/delete-job.ts';
import type { JobId } from '../job/identifiers.ts';
import { type Instant, isoOf } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import { isSettled, SETTLED_STATUSES } from '../job/status.ts';
import type { ScheduleDeps } from '../ports/schedule-deps.ts';
import { callsOf } from '../schedule/calls-of.ts';
import { settleRefused, settleStarted } from '../schedule/decide-run.ts';
import {
  type OwedSubmission,
  type Schedule,
  type ScheduleChange,
  type ScheduleId,
  specOf,
} from '../schedule/schedule.ts';
import { cancelJob } from './cancel-job.ts';
import { ContendedError } from './change-job.ts';
import { changeSchedule } from './change-schedule.ts';
import { type Submitted, submitJob } from './submit-job.ts';

/**
 * Does what the schedule owes: submits the jobs of runs that were decided, and tells the Scheduler. What
 * fails stays owed, and is thrown once all else is done.
 */
export async function carryOutSchedule(deps: ScheduleDeps, id: ScheduleId): Promise<void> {
  const schedule = await deps.scheduleStore.readSchedule(id);
  const failures: unknown[] = [];
  for (const owed of schedule?.owed ?? []) {
    try {
      if (owed.kind === 'submit' && schedule !== null) await submitRun(deps, schedule, owed);
      if (owed.kind === 'tell') await tellScheduler(deps, id);
    } catch (error) {
      deps.reportOwed(`${owed.kind} of schedule ${id}`, error);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Does it right after a commit: what fails here is done by the sweeper. */
export async function carryOutAfterCommit(deps: ScheduleDeps, id: ScheduleId): Promise<void> {
  // It was reported, and it is owed.
  await carryOutSchedule(deps, id).catch(() => {});
}

/**
 * Submits the job of a run under the id it was decided with, so that a repeat finds it. The job that it
 * waits for is cancelled first where the schedule wants that.
 */
export async function submitRun(
  deps: ScheduleDeps,
  schedule: Schedule,
  owed: OwedSubmission,
): Promise<Submitted> {
  const after = owed.after === undefined ? null : await existing(deps, owed.after);
  if (after !== null && owed.cancels === true && !isSettled(after.status))
    await cancelFor(deps, schedule, after);
  const spec = specOf(schedule);
  const submitted = await submitJob(deps, {
    id: owed.jobId,
    spec: after === null ? spec : { ...spec, dependsOn: [{ ...WHATEVER_ITS_END, job: after.id }] },
    submitter: { user: schedule.owner, groups: schedule.ownerGroups },
    origin: { kind: 'schedule', words: wordsOf(schedule, owed) },
  });
  await settle(deps, schedule.id, owed, submitted);
  return submitted;
}

const WHATEVER_ITS_END = { outcomes: [...SETTLED_STATUSES], otherwise: 'run' as const };

/** A job that has not been deleted; null: nobody need wait for it. */
async function existing(deps: ScheduleDeps, id: JobId): Promise<Job | null> {
  const job = await deps.store.readJob(id);
  return job === null || isDeleted(job) ? null : job;
}

/** One that has just settled refuses, which is as good. */
async function cancelFor(deps: ScheduleDeps, { id, name, owner }: Schedule, job: Job): Promise<void> {
  const reason = `the next run of schedule ${name} (${id})`;
  await cancelJob(deps, job.id, { actor: owner, reason, onlyIfQueued: false, force: false, rollback: true });
}

function wordsOf({ id, name }: Schedule, { at, asker }: OwedSubmission): string {
  const run = asker === undefined ? `for its run of ${isoOf(at)}` : `wanted now by ${asker}`;
  return ` by schedule ${name} (${id}), ${run}`;
}

async function settle(
  deps: ScheduleDeps,
  id: ScheduleId,
  owed: OwedSubmission,
  submitted: Submitted,
): Promise<void> {
  await changeSchedule(deps, async () => {
    const current = await deps.scheduleStore.readSchedule(id);
    const isOwed = current?.owed.some((each) => each.kind === 'submit' && each.jobId === owed.jobId) === true;
    if (current === null || !isOwed) return { change: null };
    return { change: settled(current, owed, submitted, deps.surroundings.now()) };
  });
}

function settled(
  current: Schedule,
  owed: OwedSubmission,
  submitted: Submitted,
  now: Instant,
): ScheduleChange {
  if (submitted.ok || submitted.refusal.code === 'JobNotFound') return settleStarted(current, owed);
  return settleRefused(current, owed, submitted.refusal, now);
}

/** Between them a few others may change the schedule; each time the Scheduler is told once more. */
const TELLS = 5;

/**
 * Tells the Scheduler what the head says, and that it was told. Whoever was slow in between has told it
 * something old: so it is told again until the head is still the same after it.
 */
async function tellScheduler(deps: ScheduleDeps, id: ScheduleId): Promise<void> {
  for (let attempt = 0; attempt < TELLS; attempt += 1) {
    const schedule = await deps.scheduleStore.readSchedule(id);
    if (schedule === null || schedule.removed) await deps.recurring.remove(id);
    else await deps.recurring.put(callsOf(schedule, deps.surroundings.now()));
    // The head of a removed one goes last of all: until then it is owed.
    if (schedule === null || (schedule.removed && schedule.owed.length > 1)) return;
    if (await deps.scheduleStore.commitSchedule(told(schedule))) return;
  }
  throw new ContendedError(`schedule ${id} was changed each time the Scheduler was told of it`);
}

function told(schedule: Schedule): ScheduleChange {
  const owed = schedule.owed.filter(({ kind }) => kind !== 'tell');
  return {
    transition: schedule.removed ? 'drop schedule' : 'clear debt',
    before: schedule.ver,
    schedule: { ...schedule, ver: schedule.ver + 1, owed },
  };
}
