import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../../core/job/instant.ts';
import { submissionsAreBelow } from './conditions.ts';
import { despiteContention, isContention } from './contention.ts';
import { storedKey } from './item.ts';
import type { JobTable } from './job-table.ts';
import { submissionsKey, TABLE } from './keys.ts';

/** Version of the stored shape. */
const SUBMISSIONS_SCHEMA_VERSION = 1;

/** A minute is asked about while it lasts; an hour is ample for clocks that differ. */
const KEPT_SECONDS = 60 * 60;
const MS_PER_SECOND = 1_000;

/** `count submission`: the counter of a project and a minute goes up by one, unless it is at its limit. */
export async function countSubmission(
  { client, tableName }: JobTable,
  project: string,
  minute: Instant,
  limit: number,
): Promise<boolean> {
  const guard = submissionsAreBelow(limit);
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: storedKey(submissionsKey(project, minute)),
    UpdateExpression: 'SET #schema = :schema, #ttl = :ttl ADD #submissions :one',
    ...guard,
    ExpressionAttributeNames: {
      ...guard.ExpressionAttributeNames,
      '#schema': 'schema',
      '#ttl': TABLE.timeToLiveAttribute,
    },
    ExpressionAttributeValues: {
      ...guard.ExpressionAttributeValues,
      ':schema': { N: String(SUBMISSIONS_SCHEMA_VERSION) },
      ':ttl': { N: String(minute / MS_PER_SECOND + KEPT_SECONDS) },
      ':one': { N: '1' },
    },
  });
  return despiteContention(`count a submission of project ${project}`, async () => {
    try {
      await client.send(command);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      if (isContention(error)) return undefined;
      throw error;
    }
  });
}
