import { type ChildList, childListSchema } from '../../../core/contract/api/list-children.ts';
import type { JobsApi } from './jobs-api.ts';
import type { Part } from './parts.ts';

/** An op with a child for each item. */
export function family(name: string, items: unknown, job: Part, rest: Part = {}): Part {
  const { step, onError, trap, retry, timeout, ...children } = rest;
  const own = Object.fromEntries(
    Object.entries({ step, onError, trap, retry, timeout }).filter(([, value]) => value !== undefined),
  );
  return { name, ...own, children: { items, job: { name: 'child', ...job }, ...children } };
}

/** The children of a job's latest op that has any, all pages together. */
export async function childrenOf(api: JobsApi, id: string, query = ''): Promise<ChildList> {
  const items: ChildList['items'] = [];
  let cursor: string | undefined;
  for (;;) {
    const at = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await api.call('GET', `/jobs/${id}/children?limit=100${query}${at}`);
    const page = childListSchema.parse(answer.body);
    items.push(...page.items);
    if (page.cursor === undefined) return { ...page, items };
    cursor = page.cursor;
  }
}
