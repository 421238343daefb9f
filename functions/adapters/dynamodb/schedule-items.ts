import {
  dueOf,
  type Run,
  runSchema,
  type Schedule,
  scheduleSchema,
} from '../../../core/schedule/schedule.ts';
import { fieldsOf, type Item, itemOf, type StoreAttributes } from './item.ts';
import { dueKey, dueShard, runKey, SCHEDULE_LANE, scheduleKey, schedulesKey, TABLE } from './keys.ts';

const { byClass, byDue } = TABLE.indexes;

/** The job's specification holds what callers made up. */
const SCHEDULE_JSON = new Set(['job']);
const RUN_JSON = new Set<string>();

const MS_PER_SECOND = 1000;

/** How long a run stays readable: 90 days. Whether it was decided is no more asked long before. */
const RUN_KEPT_SECONDS = 90 * 24 * 60 * 60;

export function scheduleItem(schedule: Schedule): Item {
  return itemOf(scheduleKey(schedule.id), schedule, SCHEDULE_JSON, {
    ...listAttributes(schedule),
    ...dueAttributes(schedule),
  });
}

export function scheduleOf(item: Item): Schedule {
  return scheduleSchema.parse(fieldsOf(item, SCHEDULE_JSON));
}

/** The run, which DynamoDB deletes some time after it has served. */
export function runItem(run: Run): Item {
  return itemOf(runKey(run.scheduleId, run), run, RUN_JSON, {
    [TABLE.timeToLiveAttribute]: Math.ceil(run.decidedAt / MS_PER_SECOND) + RUN_KEPT_SECONDS,
  });
}

export function runOf(item: Item): Run {
  return runSchema.parse(fieldsOf(item, RUN_JSON));
}

/** A removed schedule is gone to every listing. */
function listAttributes({ id, project, removed }: Schedule): StoreAttributes {
  if (removed) return {};
  return { [byClass.partitionKey.name]: schedulesKey(project), [byClass.sortKey.name]: id };
}

function dueAttributes(schedule: Schedule): StoreAttributes {
  const at = dueOf(schedule);
  if (at === undefined) return {};
  return {
    [byDue.partitionKey.name]: dueKey(SCHEDULE_LANE, dueShard(schedule.id)),
    [byDue.sortKey.name]: at,
  };
}
