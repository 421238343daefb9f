import { describe, expect, it } from 'vitest';
import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import { commitsOf } from './committed-writes.ts';

const key = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });
const head = (version: number): Item => ({ ...key('JOB#1', 'HEAD'), version: { N: String(version) } });
const hold = key('SEM#web#lock#docs', 'HOLD#1');

const call = (operation: string, request: unknown, status = 200) => ({
  operation: `DynamoDB_20120810.${operation}`,
  request,
  response: {},
  status,
});

const transaction = (...TransactItems: readonly unknown[]) => call('TransactWriteItems', { TransactItems });

describe('what calls committed', () => {
  it('is each item with what was there before, under the partition of the first', () => {
    const given = transaction({ Put: { Item: head(2) } }, { Delete: { Key: hold } });
    const records = [{ before: head(1), after: head(2) }, { before: hold }];
    expect(commitsOf([given], records)).toEqual([
      {
        partition: 'JOB#1',
        writes: [
          { before: head(1), after: head(2), transactional: true },
          { before: hold, transactional: true },
        ],
      },
    ]);
  });

  it('is outside a transaction for a put of one item', () => {
    const commits = commitsOf([call('PutItem', { Item: head(2) })], [{ after: head(2) }]);
    expect(commits[0]?.writes).toEqual([{ after: head(2), transactional: false }]);
  });

  it('is nothing for a call that was refused or reads', () => {
    const calls = [call('PutItem', { Item: head(2) }, 400), call('GetItem', { Key: hold })];
    expect(commitsOf(calls, [{ after: head(2) }])).toEqual([]);
  });

  it('is refused where the stream does not have it, or only once', () => {
    const put = call('PutItem', { Item: head(2) });
    expect(() => commitsOf([put], [{ after: head(3) }])).toThrow('no record');
    expect(() => commitsOf([put, put], [{ after: head(2) }])).toThrow('no record');
  });
});
