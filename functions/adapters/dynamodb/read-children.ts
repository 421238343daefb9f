import type { ChildLink, Group, GroupRef } from '../../../core/children/group.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { groupOf, linkOf } from './child-items.ts';
import { getItem } from './get-items.ts';
import type { JobTable } from './job-table.ts';
import { childRange, groupKey, groupPrefix, jobPartition } from './keys.ts';
import { queryItems } from './query-items.ts';

export async function readGroup(table: JobTable, ref: GroupRef): Promise<Group | null> {
  const item = await getItem(table, groupKey(ref));
  return item === undefined ? null : groupOf(item);
}

export async function listGroups(
  table: JobTable,
  id: JobId,
  of?: Pick<GroupRef, 'attempt' | 'op'>,
): Promise<readonly Group[]> {
  const groups: Group[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: 'pk = :job AND begins_with(sk, :groups)',
    ExpressionAttributeValues: {
      ':job': { S: jobPartition(id) },
      ':groups': { S: groupPrefix(of ?? 'all') },
    },
    ConsistentRead: true,
  });
  for await (const item of found) groups.push(groupOf(item));
  return groups;
}

export async function readChildren(
  table: JobTable,
  ref: GroupRef,
  from: number,
  to: number,
): Promise<readonly ChildLink[]> {
  const range = childRange(ref, from, to);
  if (range === null) return [];
  const links: ChildLink[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: 'pk = :job AND sk BETWEEN :first AND :last',
    ExpressionAttributeValues: {
      ':job': { S: jobPartition(ref.jobId) },
      ':first': { S: range.first },
      ':last': { S: range.last },
    },
    ConsistentRead: true,
  });
  for await (const item of found) links.push(linkOf(item));
  return links;
}
