import {
  type ChildLink,
  type Closed,
  childLinkSchema,
  type Group,
  groupSchema,
} from '../../../core/children/group.ts';
import { fieldsOf, type Item, itemOf } from './item.ts';
import { childKey, groupKey } from './keys.ts';

/** What callers and actions made up stands in errors alone. */
const GROUP_JSON = new Set(['closed']);
const LINK_JSON = new Set(['error']);

const COUNT = 'count/';

/** What counts the children that ended so: a number of its own, which can be added to where it is not yet. */
export function countAttribute(status: string): string {
  return `${COUNT}${status}`;
}

export function groupItem({ counts, ...group }: Group): Item {
  const numbers = Object.entries(counts).map(([status, count]) => [countAttribute(status), count]);
  return itemOf(groupKey(group), { ...group, ...Object.fromEntries(numbers) }, GROUP_JSON);
}

export function groupOf(item: Item): Group {
  const fields = Object.entries(fieldsOf(item, GROUP_JSON));
  const counts = fields.filter(([name]) => name.startsWith(COUNT));
  return groupSchema.parse({
    ...Object.fromEntries(fields.filter(([name]) => !name.startsWith(COUNT))),
    counts: Object.fromEntries(counts.map(([name, count]) => [name.slice(COUNT.length), count])),
  });
}

/** Why a group is closed, as its item has it. */
export function closedText(closed: Closed): string {
  return JSON.stringify(closed);
}

export function linkItem(link: ChildLink): Item {
  return itemOf(childKey(link, link.child), link, LINK_JSON);
}

export function linkOf(item: Item): ChildLink {
  return childLinkSchema.parse(fieldsOf(item, LINK_JSON));
}
