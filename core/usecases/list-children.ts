import * as z from 'zod';
import type { ChildLink, Group } from '../children/group.ts';
import { type ChildList, childrenShape } from '../contract/api/list-children.ts';
import type { Refused } from '../contract/error-codes.ts';
import { cursorOf, placeOfCursor } from '../contract/page-cursor.ts';
import { isoOf } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';

/** The children of a job's op, by the order of their items, with how each of them is. */
export async function listChildren(
  deps: Pick<Deps, 'store'>,
  job: Job,
  page: {
    readonly op?: number | undefined;
    readonly attempt?: number | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Promise<{ readonly ok: true; readonly list: ChildList } | Refused> {
  const groups = await deps.store.listGroups(job.id);
  const group = groups.findLast(
    ({ op, attempt }) =>
      (page.op === undefined || op === page.op) && (page.attempt === undefined || attempt === page.attempt),
  );
  if (group === undefined) return { ok: true, list: { items: [] } };
  const { attempt, op, try: number } = group;
  const listing = {
    of: 'children',
    project: job.project,
    filter: { job: job.id, attempt, op, try: number },
  };
  const from = page.cursor === undefined ? undefined : placeOfCursor(listing, page.cursor, z.int().min(0));
  if (from?.ok === false) return from;
  const first = from?.place ?? 0;
  const next = first + page.limit;
  const links = await deps.store.readChildren(group, first, next);
  const items = await Promise.all(links.map((link) => itemOf(deps, link, group)));
  return {
    ok: true,
    list: {
      children: childrenShape(group),
      items,
      ...(next < group.total ? { cursor: cursorOf(listing, next) } : {}),
    },
  };
}

async function itemOf(
  deps: Pick<Deps, 'store'>,
  { child, id, error, counted }: ChildLink,
  { verb }: Group,
): Promise<ChildList['items'][number]> {
  const job = id === undefined ? null : await deps.store.readJob(id);
  // One that needed no job, or has left with its retention.
  if (job === null) {
    const status = counted ?? 'FAILED_TO_START';
    return { child, ...(id === undefined ? {} : { id }), status, ...(error === undefined ? {} : { error }) };
  }
  const failed = 'error' in job ? job.error : undefined;
  return {
    child,
    id: job.id,
    name: job.name,
    status: verb === 'run' ? (counted ?? job.status) : job.status,
    ...(job.startedAt === undefined ? {} : { startedAt: isoOf(job.startedAt) }),
    ...('endedAt' in job ? { endedAt: isoOf(job.endedAt) } : {}),
    ...(failed === undefined ? {} : { error: failed }),
  };
}
