import type { ChildOutcome, GroupRef, GroupWrite } from '../../../core/children/group.ts';
import { closedText, countAttribute } from './child-items.ts';
import {
  type Condition,
  childIsUncounted,
  groupExists,
  groupIsOpen,
  groupLacksChildren,
} from './conditions.ts';
import { type Item, storedKey } from './item.ts';
import { childKey, groupKey } from './keys.ts';

/** An update that happens only under its condition. */
export type GuardedUpdate = { readonly Key: Item; readonly UpdateExpression: string } & Condition;

type GroupClosing = Extract<GroupWrite, { kind: 'close' }>;

/** The group, if it is open, takes no more children; under `whileMaking` only if some are missing. */
export function closeGroup({ ref, closed, whileMaking }: GroupClosing): GuardedUpdate {
  return {
    Key: storedKey(groupKey(ref)),
    UpdateExpression: 'SET closed = :closed',
    ...(whileMaking === true ? groupLacksChildren() : groupIsOpen()),
    ExpressionAttributeValues: { ':closed': { S: closedText(closed) } },
  };
}

/** The group, if it is open, has a child more; one that has ended too, where an outcome is given. */
export function addChild(ref: GroupRef, outcome?: ChildOutcome): GuardedUpdate {
  return sums(ref, { created: 1, ...(outcome === undefined ? {} : endOf(outcome)) }, groupIsOpen());
}

/** A child of the group has ended. */
export function addEnd(ref: GroupRef, outcome: ChildOutcome): GuardedUpdate {
  return sums(ref, endOf(outcome), groupExists());
}

/** The child has been counted, if it had not been before. */
export function markCounted(ref: GroupRef, child: number, { status }: ChildOutcome): GuardedUpdate {
  return {
    Key: storedKey(childKey(ref, child)),
    UpdateExpression: 'SET counted = :status',
    ...childIsUncounted(),
    ExpressionAttributeValues: { ':status': { S: status } },
  };
}

function endOf({ status, unsuccessful }: ChildOutcome): Readonly<Record<string, number>> {
  return { settled: 1, unsuccessful: unsuccessful ? 1 : 0, [countAttribute(status)]: 1 };
}

function sums(ref: GroupRef, numbers: Readonly<Record<string, number>>, guard: Condition): GuardedUpdate {
  const named = Object.entries(numbers).map(([name, number], n) => ({ name, number, place: String(n) }));
  return {
    Key: storedKey(groupKey(ref)),
    UpdateExpression: `ADD ${named.map(({ place }) => `#n${place} :n${place}`).join(', ')}`,
    ...guard,
    ExpressionAttributeNames: Object.fromEntries(named.map(({ name, place }) => [`#n${place}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      named.map(({ number, place }) => [`:n${place}`, { N: String(number) }]),
    ),
  };
}
