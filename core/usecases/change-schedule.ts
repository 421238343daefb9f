import type { ScheduleDeps } from '../ports/schedule-deps.ts';
import type { ScheduleChange } from '../schedule/schedule.ts';
import { ContendedError } from './change-job.ts';

/** Firings of one schedule are a minute apart, so few are ever in each other's way: 2 s in all at the most. */
const TRIES = 10;
const LONGEST_PAUSE_MS = 200;

/** Reads, decides and commits until the commit meets the schedule that was decided on. */
export async function changeSchedule<Decided extends { readonly change: ScheduleChange | null }>(
  { scheduleStore, surroundings }: Pick<ScheduleDeps, 'scheduleStore' | 'surroundings'>,
  decide: () => Promise<Decided>,
): Promise<Decided> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const decided = await decide();
    if (decided.change === null || (await scheduleStore.commitSchedule(decided.change))) return decided;
    await surroundings.pause(surroundings.random() * LONGEST_PAUSE_MS);
  }
  throw new ContendedError(`gave up after ${TRIES} conflicting changes of a schedule; nothing was changed`);
}
