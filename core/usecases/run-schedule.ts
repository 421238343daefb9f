import { type Refused, refused } from '../contract/error-codes.ts';
import { isDeleted } from '../job/delete-job.ts';
import type { Job } from '../job/job.ts';
import { isSettled } from '../job/status.ts';
import type { ScheduleDeps } from '../ports/schedule-deps.ts';
import { decideFiring, decideRunNow, type Firing, minuteOf, type RunFacts } from '../schedule/decide-run.ts';
import type { Run, Schedule, ScheduleId } from '../schedule/schedule.ts';
import { carryOutAfterCommit, submitRun } from './carry-out-schedule.ts';
import { changeSchedule } from './change-schedule.ts';
import { ofJob } from './set-schedule.ts';

/**
 * The Scheduler calls: the run is decided once, under a record of its own, and its job is submitted under
 * the id that the record has. So a firing that comes twice, or after a crash, makes one job.
 *
 * @returns what became of the run by this call; null: nothing
 */
export async function fireSchedule(
  deps: ScheduleDeps,
  id: ScheduleId,
  { at: called, version }: Firing,
): Promise<Run | null> {
  const at = minuteOf(called);
  const { change } = await changeSchedule(deps, async () => {
    const schedule = await readPaid(deps, id);
    if (schedule === null) {
      // The Scheduler was told of it by somebody who was slower than its removal.
      await deps.recurring.remove(id);
      return { change: null };
    }
    const recorded = await deps.scheduleStore.readRun(id, { at, trigger: 'time' });
    const facts = await readFacts(deps, schedule);
    return { change: decideFiring(schedule, { at, version }, { ...facts, recorded }) };
  });
  if (change !== null) await carryOutAfterCommit(deps, id);
  return change?.run?.run ?? null;
}

export type RanNow = { readonly ok: true; readonly job: Job } | Refused;

/** Somebody wants a run now, beside those that the expression says. */
export async function runScheduleNow(deps: ScheduleDeps, id: ScheduleId, asker: string): Promise<RanNow> {
  const decided = await changeSchedule(deps, async () => {
    const schedule = await readPaid(deps, id);
    if (schedule === null || schedule.removed) {
      return { ...refused('ScheduleNotFound', `There is no schedule ${id}.`), change: null };
    }
    const run = decideRunNow(schedule, asker, await readFacts(deps, schedule));
    return run.ok ? run : { ...run, change: null };
  });
  if (!decided.ok) return { ok: false, refusal: decided.refusal };
  const { schedule } = decided.change;
  const owed = schedule.owed.find((each) => each.kind === 'submit');
  if (owed?.kind !== 'submit') throw new Error('a run that starts owes its submission');
  const submitted = await submitRun(deps, schedule, owed);
  return submitted.ok ? submitted : ofJob(submitted);
}

/** The schedule with every job submitted that it has decided: the last one tells whether a run overlaps. */
async function readPaid(deps: ScheduleDeps, id: ScheduleId): Promise<Schedule | null> {
  const schedule = await deps.scheduleStore.readSchedule(id);
  const submissions = (schedule?.owed ?? []).filter((owed) => owed.kind === 'submit');
  if (schedule === null || submissions.length === 0) return schedule;
  for (const owed of submissions) await submitRun(deps, schedule, owed);
  return deps.scheduleStore.readSchedule(id);
}

async function readFacts(deps: ScheduleDeps, { lastJob }: Schedule): Promise<RunFacts> {
  const last = lastJob === undefined ? null : await deps.store.readJob(lastJob);
  const running = last === null || isDeleted(last) || isSettled(last.status) ? null : last;
  return { now: deps.surroundings.now(), jobId: deps.surroundings.jobId(), running };
}
