import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import { instantSchema } from '../../../core/job/instant.ts';
import type { SweepPlaces } from '../../../core/ports/job-store.ts';
import { type Queue, queueSchema } from '../../../core/queue/queue.ts';
import {
  type Hold,
  holdSchema,
  type Semaphore,
  type SemaphoreKey,
  semaphoreSchema,
  type Wait,
  waitSchema,
} from '../../../core/semaphore/semaphore.ts';
import { fieldsOf, type Item, itemOf, type StoreAttributes } from './item.ts';
import {
  dependentKey,
  dueKey,
  holdKey,
  kindKey,
  kindPlace,
  queueKey,
  SEMAPHORE_LANE,
  SWEEP_PLACES_KEY,
  semaphoreHeadKey,
  semaphoreShard,
  TABLE,
  waitKey,
} from './keys.ts';

/** Version of the items whose values have no schema version of their own. */
const ITEM_SCHEMA_VERSION = 1;

const schema = z.literal(ITEM_SCHEMA_VERSION);

/** Nothing here is made up by callers. */
const NO_JSON = new Set<string>();

const { byClass, byDue } = TABLE.indexes;

export function semaphoreItem(semaphore: Semaphore): Item {
  return itemOf(semaphoreHeadKey(semaphore), semaphore, NO_JSON, {
    ...kindAttributes(semaphore),
    ...dueAttributes(semaphore),
  });
}

/** The moment by which a grant is owed is the index's own attribute too, under the same name. */
export function semaphoreOf(item: Item): Semaphore {
  const due = item[byDue.sortKey.name];
  return semaphoreSchema.parse({
    ...fieldsOf(item, NO_JSON),
    ...(due === undefined ? {} : unmarshall({ dueAt: due })),
  });
}

/** Nobody lists those of groups, of which every op of children may have its own. */
function kindAttributes({ scope, kind, name }: Semaphore): StoreAttributes {
  if (kind === 'group') return {};
  return { [byClass.partitionKey.name]: kindKey(scope, kind), [byClass.sortKey.name]: kindPlace(name) };
}

/** A semaphore that owes nobody a grant is not in the index. */
function dueAttributes(semaphore: Semaphore): StoreAttributes {
  if (semaphore.dueAt === undefined) return {};
  return {
    [byDue.partitionKey.name]: dueKey(SEMAPHORE_LANE, semaphoreShard(semaphore)),
    [byDue.sortKey.name]: semaphore.dueAt,
  };
}

export function holdItem(key: SemaphoreKey, hold: Hold): Item {
  return itemOf(holdKey(key, hold.jobId), hold, NO_JSON);
}

export function holdOf(item: Item): Hold {
  return holdSchema.parse(fieldsOf(item, NO_JSON));
}

export function waitItem(key: SemaphoreKey, wait: Wait): Item {
  return itemOf(waitKey(key, wait), wait, NO_JSON);
}

export function waitOf(item: Item): Wait {
  return waitSchema.parse(fieldsOf(item, NO_JSON));
}

export function queueItem(queue: Queue): Item {
  return itemOf(queueKey(queue.project, queue.name), queue, NO_JSON);
}

export function queueOf(item: Item): Queue {
  return queueSchema.parse(fieldsOf(item, NO_JSON));
}

export function dependentItem(id: JobId, dependent: JobId): Item {
  return itemOf(dependentKey(id, dependent), { dependent, schema: ITEM_SCHEMA_VERSION }, NO_JSON);
}

const storedDependentSchema = z.strictObject({ schema, dependent: jobIdSchema });

export function dependentOf(item: Item): JobId {
  return storedDependentSchema.parse(fieldsOf(item, NO_JSON)).dependent;
}

export function sweepPlacesItem(places: SweepPlaces): Item {
  return itemOf(SWEEP_PLACES_KEY, { places, schema: ITEM_SCHEMA_VERSION }, NO_JSON);
}

const storedPlacesSchema = z.strictObject({
  schema,
  places: z.record(z.string(), z.strictObject({ at: instantSchema, id: jobIdSchema })),
});

export function sweepPlacesOf(item: Item): SweepPlaces {
  return storedPlacesSchema.parse(fieldsOf(item, NO_JSON)).places;
}
