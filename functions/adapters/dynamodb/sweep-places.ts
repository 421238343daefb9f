import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SweepPlaces } from '../../../core/ports/job-store.ts';
import { getItem } from './get-items.ts';
import type { JobTable } from './job-table.ts';
import { SWEEP_PLACES_KEY } from './keys.ts';
import { sweepPlacesItem, sweepPlacesOf } from './line-items.ts';

export async function readSweepPlaces(table: JobTable): Promise<SweepPlaces> {
  const item = await getItem(table, SWEEP_PLACES_KEY);
  return item === undefined ? {} : sweepPlacesOf(item);
}

/** The last one wins: a place that is lost costs a sweep a detour and nothing else. */
export async function saveSweepPlaces({ client, tableName }: JobTable, places: SweepPlaces): Promise<void> {
  await client.send(new PutItemCommand({ TableName: tableName, Item: sweepPlacesItem(places) }));
}
