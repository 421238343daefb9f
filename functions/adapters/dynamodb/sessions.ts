import * as z from 'zod';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import type { Job } from '../../../core/job/job.ts';
import type { SessionJob } from '../../../core/ports/session-store.ts';
import { fieldsOf, type Item, itemOf } from './item.ts';
import type { JobTable } from './job-table.ts';
import { sessionJobKey, sessionPartition } from './keys.ts';
import { queryItems } from './query-items.ts';

/** Version of the stored shape. */
const SESSION_SCHEMA_VERSION = 1;

const storedSchema = z.strictObject({
  schema: z.literal(SESSION_SCHEMA_VERSION),
  jobId: jobIdSchema,
  project: z.string(),
  owner: z.string(),
});

/** Nothing here is made up by callers. */
const NO_JSON = new Set<string>();

/** The item that says that a job of the session has not settled. */
export function sessionJobItem(sessionId: string, { id, project, owner }: Job): Item {
  const stored = { schema: SESSION_SCHEMA_VERSION, jobId: id, project, owner };
  return itemOf(sessionJobKey(sessionId, id), stored, NO_JSON);
}

export async function listSession(
  table: JobTable,
  sessionId: string,
  { after, limit }: { readonly after?: JobId | undefined; readonly limit: number },
): Promise<readonly SessionJob[]> {
  if (limit < 1) return [];
  const jobs: SessionJob[] = [];
  const found = queryItems(table, {
    KeyConditionExpression: after === undefined ? 'pk = :session' : 'pk = :session AND sk > :after',
    ExpressionAttributeValues: {
      ':session': { S: sessionPartition(sessionId) },
      ...(after === undefined ? {} : { ':after': { S: sessionJobKey(sessionId, after).sk } }),
    },
    Limit: limit,
    ConsistentRead: true,
  });
  for await (const item of found) {
    const { jobId, project, owner } = storedSchema.parse(fieldsOf(item, NO_JSON));
    if (jobs.push({ jobId, project, owner }) === limit) break;
  }
  return jobs;
}
