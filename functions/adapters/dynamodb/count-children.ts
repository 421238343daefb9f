import { randomUUID } from 'node:crypto';
import {
  type CancellationReason,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { ChildLink, ChildOutcome, Group, GroupRef } from '../../../core/children/group.ts';
import { linkItem } from './child-items.ts';
import { childIsNew } from './conditions.ts';
import { failedConditions } from './conflict-of.ts';
import { despiteContention, isContention, WAITS_FOR_MANY_MS } from './contention.ts';
import { addChild, addEnd, markCounted } from './group-updates.ts';
import type { JobTable } from './job-table.ts';
import { readGroup } from './read-children.ts';

/** In one transaction with a mark on the child's link: where the mark is, the group has counted it. */
export async function countChild(
  table: JobTable,
  ref: GroupRef,
  child: number,
  outcome: ChildOutcome,
): Promise<Group | null> {
  const TableName = table.tableName;
  const isCounted = await despiteMany(`count ${nameOf(ref, child)}`, async () => {
    const { link, group } = await write(table, [
      { Update: { TableName, ...markCounted(ref, child, outcome) } },
      { Update: { TableName, ...addEnd(ref, outcome) } },
    ]);
    if (link !== undefined) return link.Item !== undefined;
    return group === undefined;
  });
  return isCounted ? readGroup(table, ref) : null;
}

export async function passChild(
  table: JobTable,
  link: ChildLink,
  outcome: ChildOutcome,
): Promise<'noted' | 'closed'> {
  const TableName = table.tableName;
  const item = linkItem({ ...link, counted: outcome.status });
  return despiteMany(`pass ${nameOf(link, link.child)}`, async () => {
    const failed = await write(table, [
      { Put: { TableName, Item: item, ...childIsNew() } },
      { Update: { TableName, ...addChild(link, outcome) } },
    ]);
    return failed.link === undefined && failed.group !== undefined ? 'closed' : 'noted';
  });
}

/** A child's link, and then its group. Which of their conditions failed: none if both were written. */
async function write(
  { client }: JobTable,
  items: [link: TransactWriteItem, group: TransactWriteItem],
): Promise<{ readonly link?: CancellationReason; readonly group?: CancellationReason }> {
  const command = new TransactWriteItemsCommand({ TransactItems: items, ClientRequestToken: randomUUID() });
  try {
    await client.send(command);
    return {};
  } catch (error) {
    const [link, group] = failedConditions(error);
    if (link === undefined && group === undefined) throw error;
    return { ...(link === undefined ? {} : { link }), ...(group === undefined ? {} : { group }) };
  }
}

/** Many children of a group end at once, and each of them writes the group. */
async function despiteMany<Value>(what: string, attempt: () => Promise<Value>): Promise<Value> {
  return despiteContention(
    what,
    async () => {
      try {
        return await attempt();
      } catch (error) {
        if (isContention(error)) return undefined;
        throw error;
      }
    },
    WAITS_FOR_MANY_MS,
  );
}

function nameOf({ jobId, attempt, op, try: number }: GroupRef, child: number): string {
  return `child ${child} of op ${op} of job ${jobId} (attempt ${attempt}, try ${number})`;
}
