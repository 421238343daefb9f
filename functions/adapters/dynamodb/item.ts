import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type Key, TABLE } from './keys.ts';

/** An item as DynamoDB takes and returns it, in requests and in the records of a stream. */
export type Item = Record<string, AttributeValue>;

/** A key as DynamoDB takes it. */
export function storedKey({ pk, sk }: Key): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** Attributes that are the store's own and no part of the value that it keeps. */
export interface StoreAttributes {
  readonly [attribute: string]: string | number;
}

/** Marks an item with the one write that put it; see put-alone.ts. */
export const WRITE_MARK = 'writeMark';

const { byClass, byDue } = TABLE.indexes;

const STORE_ATTRIBUTES: ReadonlySet<string> = new Set([
  TABLE.partitionKey.name,
  TABLE.sortKey.name,
  TABLE.timeToLiveAttribute,
  byClass.partitionKey.name,
  byClass.sortKey.name,
  byDue.partitionKey.name,
  byDue.sortKey.name,
  WRITE_MARK,
]);

/**
 * The fields of a value as attributes of an item.
 *
 * @param jsonFields fields that hold what callers and actions made up. They are stored as JSON text,
 *   since DynamoDB nests 32 levels at most, has no numbers beyond 1E+126, and counts more bytes for
 *   a list than its JSON has
 */
export function itemOf(
  key: Key,
  value: object,
  jsonFields: ReadonlySet<string>,
  own: StoreAttributes = {},
): Item {
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    jsonFields.has(name) && field !== undefined ? JSON.stringify(field) : wellFormed(field),
  ]);
  return marshall({ ...Object.fromEntries(fields), ...own, ...key }, { removeUndefinedValues: true });
}

/** The value's fields again, for its schema to parse. */
export function fieldsOf(item: Item, jsonFields: ReadonlySet<string>): Record<string, unknown> {
  const fields = Object.entries(unmarshall(item)).filter(([name]) => !STORE_ATTRIBUTES.has(name));
  return Object.fromEntries(
    fields.map(([name, field]): [string, unknown] => [
      name,
      jsonFields.has(name) && typeof field === 'string' ? JSON.parse(field) : field,
    ]),
  );
}

/** A text that every entry of an index has. */
export function textOf(item: Item, attribute: string): string {
  return present(item[attribute]?.S, attribute);
}

/** A number that every entry of an index has. */
export function numberOf(item: Item, attribute: string): number {
  return Number(present(item[attribute]?.N, attribute));
}

function present(value: string | undefined, attribute: string): string {
  if (value === undefined) throw new Error(`the index has an entry without ${attribute}`);
  return value;
}

/**
 * Text without halves of surrogate pairs, which DynamoDB does not take: an action that cuts its
 * message in the middle of a character must not make its completion impossible to store. (In JSON
 * text such a half is an escape and stays what it is.)
 */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(HALF_PAIR, REPLACEMENT_CHARACTER);
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, wellFormed(field)]));
}

const HALF_PAIR = /\p{Cs}/gu;
const REPLACEMENT_CHARACTER = '\uFFFD';
