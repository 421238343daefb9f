import type { SemaphorePage } from '../../../core/ports/line-store.ts';
import { type SemaphoreKey, textOfKey } from '../../../core/semaphore/semaphore.ts';
import { textOf } from './item.ts';
import type { JobTable } from './job-table.ts';
import { kindKey, kindPlace, semaphoreKeyOf, TABLE } from './keys.ts';
import { queryByClass } from './query-by-class.ts';
import { readSemaphores } from './read-lines.ts';

/** The index says which semaphores there are, and their heads how they are. No head of those listed is ever removed. */
export async function listSemaphores(
  table: JobTable,
  scope: string,
  kind: SemaphoreKey['kind'],
  page: { readonly after?: string; readonly limit: number },
): Promise<SemaphorePage> {
  // One more than wanted tells whether there is a next page.
  const found = await keysAfter(table, kindKey(scope, kind), page.after, page.limit + 1);
  const keys = found.slice(0, page.limit);
  const heads = await readSemaphores(table, keys);
  const semaphores = keys.flatMap((key) => heads.get(textOfKey(key)) ?? []);
  const last = keys.at(-1);
  if (last === undefined || found.length <= page.limit) return { semaphores };
  return { semaphores, next: last.name };
}

async function keysAfter(
  table: JobTable,
  partition: string,
  name: string | undefined,
  limit: number,
): Promise<readonly SemaphoreKey[]> {
  const after = name === undefined ? undefined : kindPlace(name);
  const items = await queryByClass(table, partition, { after, limit, order: 'up' });
  return items.map((item) => semaphoreKeyOf(textOf(item, TABLE.partitionKey.name)));
}
