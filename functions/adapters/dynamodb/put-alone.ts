import { randomBytes } from 'node:crypto';
import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { GuardedPut } from './change-writes.ts';
import { WRITE_MARK } from './item.ts';
import type { JobTable } from './job-table.ts';

/** 72 random bits: two writers of one version of one item never draw the same. */
const MARK_BYTES = 9;

/**
 * Writes one item outside a transaction, for half the write units. The item carries a mark of this
 * write: when the answer to it is lost, the SDK writes again and meets its own item, and without the
 * mark it would take itself for another writer. (A transaction has its request token for that.)
 */
export async function putAlone({ client, tableName }: JobTable, put: GuardedPut): Promise<void> {
  const mark = randomBytes(MARK_BYTES).toString('base64url');
  const item = { ...put.Item, [WRITE_MARK]: { S: mark } };
  try {
    await client.send(new PutItemCommand({ TableName: tableName, ...put, Item: item }));
  } catch (error) {
    const isOwnWrite =
      error instanceof ConditionalCheckFailedException && error.Item?.[WRITE_MARK]?.S === mark;
    if (!isOwnWrite) throw error;
  }
}
