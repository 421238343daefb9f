import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { JobTable } from '../../functions/adapters/dynamodb/job-table.ts';
import { localConnection } from '../../local/connection.ts';
import { startEmulator } from '../../local/emulator.ts';
import { createJobTable } from './create-job-table.ts';

/** The emulator's DynamoDB, for one test file. */
export interface LocalDynamoDb {
  /** An empty table with a client of its own. */
  newTable(options?: Pick<DynamoDBClientConfig, 'maxAttempts'>): Promise<JobTable>;
  close(): Promise<void>;
}

/** The first start installs the emulator; later ones take a second. */
export const LOCAL_DYNAMODB_START_LIMIT_MS = 120_000;

export async function startLocalDynamoDb(): Promise<LocalDynamoDb> {
  const stateDir = await mkdtemp(join(tmpdir(), 'jobplane-dynamodb-'));
  const emulator = await startEmulator({ stateDir });
  return {
    newTable: async (options = {}) => {
      const client = new DynamoDBClient({ ...localConnection(emulator.url), ...options });
      const tableName = `jobs-${randomUUID()}`;
      await createJobTable(client, tableName);
      return { client, tableName };
    },
    close: async () => {
      await emulator.kill();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
