import type { Instant } from '../../core/job/instant.ts';
import type { SchedulePage, ScheduleStore } from '../../core/ports/schedule-store.ts';
import {
  dueOf,
  type Run,
  runSchema,
  type Schedule,
  type ScheduleChange,
  type ScheduleId,
  scheduleSchema,
} from '../../core/schedule/schedule.ts';
import { dueShard, runKey } from '../../functions/adapters/dynamodb/keys.ts';
import { deepFrozen } from './deep-frozen.ts';

/** Recurring schedules in memory, with the semantics of the DynamoDB store. */
export class InMemoryScheduleStore implements ScheduleStore {
  readonly #schedules = new Map<ScheduleId, Schedule>();
  readonly #runs = new Map<ScheduleId, Map<string, Run>>();

  /** Every head, those of removed schedules included. */
  heads(): readonly Schedule[] {
    return [...this.#schedules.values()];
  }

  async readSchedule(id: ScheduleId): Promise<Schedule | null> {
    return this.#schedules.get(id) ?? null;
  }

  async readRun(id: ScheduleId, run: Pick<Run, 'at' | 'trigger'>): Promise<Run | null> {
    return this.#runs.get(id)?.get(runKey(id, run).sk) ?? null;
  }

  async readRuns(id: ScheduleId, limit: number): Promise<readonly Run[]> {
    const runs = [...(this.#runs.get(id) ?? [])].sort(([one], [other]) => (one < other ? 1 : -1));
    return runs.slice(0, Math.max(0, limit)).map(([, run]) => run);
  }

  async listSchedules(
    project: string,
    { after, limit }: { readonly after?: ScheduleId; readonly limit: number },
  ): Promise<SchedulePage> {
    const found = this.heads()
      .filter((schedule) => schedule.project === project && !schedule.removed)
      .filter(({ id }) => after === undefined || id > after)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
    const schedules = found.slice(0, limit);
    const last = schedules.at(-1);
    return last === undefined || found.length <= limit ? { schedules } : { schedules, next: last.id };
  }

  async countSchedules(project: string, upTo: number): Promise<number> {
    return (await this.listSchedules(project, { limit: upTo })).schedules.length;
  }

  async listDueSchedules(shard: number, now: Instant, limit: number): Promise<readonly ScheduleId[]> {
    return this.heads()
      .flatMap((schedule) => {
        const at = dueOf(schedule);
        return at === undefined || at > now ? [] : [{ at, id: schedule.id }];
      })
      .filter(({ id }) => dueShard(id) === shard)
      .sort((one, other) => one.at - other.at)
      .slice(0, Math.max(0, limit))
      .map(({ id }) => id);
  }

  /** Waits for nothing, so it is atomic. */
  async commitSchedule({ transition, before, schedule, run: decided }: ScheduleChange): Promise<boolean> {
    if ((this.#schedules.get(schedule.id)?.ver ?? null) !== before) return false;
    const runs = this.#runs.get(schedule.id) ?? new Map<string, Run>();
    if (decided !== undefined) {
      const name = runKey(schedule.id, decided.run).sk;
      const recorded = runs.get(name)?.outcome;
      if (recorded !== (decided.before === 'new' ? undefined : 'started')) return false;
      runs.set(name, deepFrozen(runSchema.parse(decided.run)));
      this.#runs.set(schedule.id, runs);
    }
    if (transition === 'drop schedule') this.#schedules.delete(schedule.id);
    else this.#schedules.set(schedule.id, deepFrozen(scheduleSchema.parse(schedule)));
    return true;
  }
}
