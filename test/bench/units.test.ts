import { describe, expect, it } from 'vitest';
import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import { readUnits } from './read-units.ts';
import { spreadOf } from './spread.ts';
import { asMeasured, withAwsToken } from './task-token.ts';
import { writeUnits } from './write-units.ts';

/** An item of about this many bytes. */
function item(bytes: number, rest: Item = {}): Item {
  return { pk: { S: 'JOB#1' }, sk: { S: 'HEAD' }, body: { S: 'x'.repeat(bytes) }, ...rest };
}

const together = (images: { readonly before?: Item; readonly after?: Item }) => ({
  ...images,
  transactional: true,
});
const inClass = (name: string) => ({ classKey: { S: name }, classPlace: { S: '1' } });

describe('write units', () => {
  it('are two for each started kilobyte in a transaction, of the larger image', () => {
    expect(writeUnits([together({ after: item(100) })], asMeasured).total).toBe(2);
    expect(writeUnits([together({ before: item(1_500), after: item(100) })], asMeasured).total).toBe(4);
  });

  it('are those of what was there for an item that is deleted', () => {
    expect(writeUnits([together({ before: item(1_500) })], asMeasured).total).toBe(4);
  });

  it('are one for each started kilobyte of an item put alone', () => {
    const units = writeUnits([{ before: item(100), after: item(1_500), transactional: false }], asMeasured);
    expect(units).toMatchObject({ total: 2, itemsAlone: 1, itemsTransactional: 0 });
  });

  it('are told apart by what the items are', () => {
    const lock = (sk: string) => together({ after: { pk: { S: 'SEM#web#lock#docs' }, sk: { S: sk } } });
    const writes = [lock('HEAD'), lock('HOLD#1'), lock('WAIT#1#1'), together({ after: item(100) })];
    expect(writeUnits(writes, asMeasured).byItem).toEqual({ SEM: 2, HOLD: 2, WAIT: 2, HEAD: 2 });
  });

  it('add one for an index entry that comes or goes, two for one that moves, none for one that stays', () => {
    const indexes = (before: Item, after: Item) =>
      writeUnits([together({ before, after })], asMeasured).indexes;
    const running = item(10, inClass('web#running'));
    expect(indexes(item(10), running)).toBe(1);
    expect(indexes(running, item(10))).toBe(1);
    expect(indexes(running, item(10, inClass('web#ended')))).toBe(2);
    expect(indexes(running, item(500, inClass('web#running')))).toBe(0);
  });

  it("count a task token of AWS's length where there is one", () => {
    const writes = [item(100, { token: { S: 'short' } }), item(100)].map((after) => together({ after }));
    expect(writeUnits(writes, withAwsToken).total).toBe(4 + 2);
  });
});

describe('read units', () => {
  const call = (operation: string, request: unknown, response: unknown) => ({
    operation: `DynamoDB_20120810.${operation}`,
    request,
    response,
    status: 200,
  });

  it('are one for each started four kilobytes, and half of that when read eventually consistent', () => {
    const got = { Item: item(5_000) };
    expect(readUnits([call('GetItem', { ConsistentRead: true }, got)], asMeasured)).toBe(2);
    expect(readUnits([call('GetItem', {}, got)], asMeasured)).toBe(1);
  });

  it('are those of a small item when nothing is found', () => {
    expect(readUnits([call('GetItem', { ConsistentRead: true }, {})], asMeasured)).toBe(1);
    expect(readUnits([call('Query', { ConsistentRead: true }, { Items: [] })], asMeasured)).toBe(1);
  });

  it('round up each item of a batch, and the sum of a query', () => {
    const items = [item(100), item(100)];
    const keys = { Keys: [item(0), item(0), item(0)], ConsistentRead: true };
    const batch = call('BatchGetItem', { RequestItems: { jobs: keys } }, { Responses: { jobs: items } });
    expect(readUnits([batch], asMeasured)).toBe(3);
    expect(readUnits([call('Query', { ConsistentRead: true }, { Items: items })], asMeasured)).toBe(1);
  });

  it('are refused to what nobody has priced', () => {
    expect(() => readUnits([call('Scan', {}, {})], asMeasured)).toThrow('Scan');
  });
});

describe('a spread', () => {
  it('is of values that were seen', () => {
    const values = Array.from({ length: 20 }, (_, position) => 20 - position);
    expect(spreadOf(values)).toEqual({ count: 20, min: 1, median: 10, p95: 19, max: 20 });
    expect(() => spreadOf([])).toThrow('nothing was measured');
  });
});
