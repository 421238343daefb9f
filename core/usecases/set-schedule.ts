import type { Refused } from '../contract/error-codes.ts';
import { refused, refusedInput } from '../contract/error-codes.ts';
import type { Submitter } from '../job/submit-job.ts';
import type { ScheduleDeps } from '../ports/schedule-deps.ts';
import { refusedSchedules } from '../quota/quotas.ts';
import {
  type Schedule,
  type ScheduleId,
  type ScheduleSettings,
  scheduleIdSchema,
  specOf,
} from '../schedule/schedule.ts';
import {
  editSchedule as decideEdit,
  removeSchedule as decideRemoval,
  makeSchedule,
} from '../schedule/set-schedule.ts';
import { carryOutAfterCommit } from './carry-out-schedule.ts';
import { changeSchedule } from './change-schedule.ts';
import { asStored, checkSubmission } from './submit-job.ts';

export type SetSchedule = { readonly ok: true; readonly schedule: Schedule } | Refused;

/** Stores a schedule, and tells the Scheduler of it. Its job is checked as one that is submitted now. */
export async function createSchedule(
  deps: ScheduleDeps,
  project: string,
  settings: ScheduleSettings,
  submitter: Submitter,
): Promise<SetSchedule> {
  const refusal = (await refusedJob(deps, project, settings)) ?? (await refusedOneMore(deps, project));
  if (refusal !== null) return refusal;
  const id = scheduleIdSchema.parse(deps.surroundings.jobId());
  const made = makeSchedule(id, project, settings, submitter, deps.surroundings.now());
  if (!made.ok) return made;
  await changeSchedule(deps, async () => {
    // A commit whose answer was lost meets its own schedule: then it was done.
    const isStored = (await deps.scheduleStore.readSchedule(id)) !== null;
    return { change: isStored ? null : made.change };
  });
  await carryOutAfterCommit(deps, id);
  return { ok: true, schedule: made.change.schedule };
}

/** Sets all that somebody may set of a schedule. */
export async function editSchedule(
  deps: ScheduleDeps,
  { id, project }: Pick<Schedule, 'id' | 'project'>,
  settings: ScheduleSettings,
  editor: Submitter & { readonly readAt?: number | undefined },
): Promise<SetSchedule> {
  const refusal = await refusedJob(deps, project, settings);
  if (refusal !== null) return refusal;
  const decided = await changeSchedule(deps, async () => {
    const before = await deps.scheduleStore.readSchedule(id);
    if (before === null || before.removed) return { ...notFound(id), change: null };
    const edited = decideEdit(before, settings, editor, editor.readAt, deps.surroundings.now());
    return edited.ok ? edited : { ...edited, change: null };
  });
  if (!decided.ok) return { ok: false, refusal: decided.refusal };
  await carryOutAfterCommit(deps, id);
  return { ok: true, schedule: decided.change.schedule };
}

/** Nothing of it runs from now on; jobs that it has submitted go on. */
export async function removeSchedule(deps: ScheduleDeps, id: ScheduleId): Promise<void> {
  const { change } = await changeSchedule(deps, async () => {
    const before = await deps.scheduleStore.readSchedule(id);
    const isGone = before === null || before.removed === true;
    return { change: isGone ? null : decideRemoval(before, deps.surroundings.now()) };
  });
  if (change !== null) await carryOutAfterCommit(deps, id);
}

function notFound(id: ScheduleId): Refused {
  return refused('ScheduleNotFound', `There is no schedule ${id}.`);
}

/** Null: such a job could be submitted now. */
async function refusedJob(
  deps: ScheduleDeps,
  project: string,
  settings: ScheduleSettings,
): Promise<Refused | null> {
  const checked = await checkSubmission(deps, asStored(deps, specOf({ ...settings, project })));
  return checked.ok ? null : ofJob(checked);
}

/** Null: the project may have one more. */
async function refusedOneMore(
  { scheduleStore, quotas }: Pick<ScheduleDeps, 'scheduleStore' | 'quotas'>,
  project: string,
): Promise<Refused | null> {
  const existing = await scheduleStore.countSchedules(project, quotas.schedules);
  return refusedSchedules(project, existing, quotas);
}

/** The refusal of a job, as one of the schedule that has it. */
export function ofJob({ refusal }: Refused): Refused {
  if (refusal.errors === undefined) return { ok: false, refusal };
  return refusedInput(refusal.errors.map((error) => ({ ...error, path: `job.${error.path}` })));
}
