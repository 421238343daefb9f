import type { JobError } from '../job/job-error.ts';
import type { Json } from '../op/references.ts';

/** The reference to a part of a child's item: `{$item: 'site.name'}`; `{$item: ''}` is the item itself. */
const ITEM_KEY = '$item';

/** A part of the item that a template names is not there. */
export class MissingItemError extends Error {
  override readonly name = 'MissingItemError';

  /** As the error of a child that could not be made. */
  asJobError(): JobError {
    return { code: 'ItemMissing', message: this.message };
  }
}

/**
 * Puts a child's item into a value of its template. Throws {@link MissingItemError} where the item has no
 * such part.
 */
export function withItem(value: Json, item: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((part) => withItem(part, item));
  const path = itemPath(value);
  if (path !== undefined) return partOf(item, path);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withItem(part, item)]));
}

/** Whether a value has a part that its child's item gives. */
export function hasItems(value: Json): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(hasItems);
  return itemPath(value) !== undefined || Object.values(value).some(hasItems);
}

/** Where `$item` stands but is no reference to an item. */
export function malformedItems(value: Json, path: string): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((part, index) => malformedItems(part, `${path}.${index}`));
  if (Object.hasOwn(value, ITEM_KEY)) return itemPath(value) === undefined ? [path] : [];
  return Object.entries(value).flatMap(([key, part]) => malformedItems(part, `${path}.${key}`));
}

function itemPath(value: { readonly [key: string]: Json }): string | undefined {
  const path = Object.hasOwn(value, ITEM_KEY) ? value[ITEM_KEY] : undefined;
  return typeof path === 'string' && Object.keys(value).length === 1 ? path : undefined;
}

function partOf(item: Json, path: string): Json {
  let part: Json | undefined = item;
  for (const key of path === '' ? [] : path.split('.')) {
    const container: Json | undefined = part;
    part =
      container !== null && typeof container === 'object' && Object.hasOwn(container, key)
        ? Array.isArray(container)
          ? container[Number(key)]
          : container[key]
        : undefined;
  }
  if (part === undefined)
    throw new MissingItemError(`{"$item": "${path}"} names nothing in the child's item`);
  return part;
}
