import { type AttributeValue, ReturnValuesOnConditionCheckFailure } from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../../core/job/instant.ts';

/** What must hold of the stored item for a write to happen; otherwise the stored item is returned. */
export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
  readonly ReturnValuesOnConditionCheckFailure: 'ALL_OLD';
}

/** No job has this id. */
export function jobIsNew(): Condition {
  return IS_ABSENT;
}

/** The job is at the version that was decided on. */
export function headIsUnchanged(version: number): Condition {
  return isAtVersion(version);
}

/** The journal has no entry with this serial. */
export function serialIsFree(): Condition {
  return IS_ABSENT;
}

/** The op has not begun in this attempt. */
export function opIsNew(): Condition {
  return IS_ABSENT;
}

/** The op is at the version that was decided on. */
export function opIsUnchanged(version: number): Condition {
  return isAtVersion(version);
}

/** No submission has used the key, or its record has expired and only waits for its deletion. */
export function keyIsUnused(now: Instant): Condition {
  return {
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
    ExpressionAttributeValues: { ':now': { N: String(now) } },
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
}

const IS_ABSENT: Condition = {
  ConditionExpression: 'attribute_not_exists(pk)',
  ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
};

function isAtVersion(version: number): Condition {
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': { N: String(version) } },
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
}
