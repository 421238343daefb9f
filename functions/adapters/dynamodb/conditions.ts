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

/** No other attempt of the job has begun since. */
export function attemptIsTheSame(attempt: number): Condition {
  return has('attempt', attempt);
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

/** Nobody has begun to work through the filter. */
export function progressIsNew(): Condition {
  return IS_ABSENT;
}

/** Nobody else has gone on with it. */
export function progressIsUnchanged(version: number): Condition {
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

/** The queue has never been set. */
export function queueIsNew(): Condition {
  return IS_ABSENT;
}

/** The queue is at the version that was decided on. */
export function queueIsUnchanged(version: number): Condition {
  return isAtVersion(version);
}

/** Nobody has used the semaphore. */
export function semaphoreIsNew(): Condition {
  return IS_ABSENT;
}

/** The semaphore is at the version that was decided on. */
export function semaphoreIsUnchanged(ver: number): Condition {
  return has('ver', ver);
}

/** The job holds nothing of the semaphore. */
export function holdIsNew(): Condition {
  return IS_ABSENT;
}

/** The hold is the one that was decided on, and no later grant's. */
export function holdIsUnderFence(fence: number): Condition {
  return has('fence', fence);
}

/** Nobody stands at this place in line. */
export function waitIsNew(): Condition {
  return IS_ABSENT;
}

/** The waiter still stands in line. */
export function waitExists(): Condition {
  return {
    ConditionExpression: 'attribute_exists(pk)',
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
}

const IS_ABSENT: Condition = {
  ConditionExpression: 'attribute_not_exists(pk)',
  ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
};

function isAtVersion(version: number): Condition {
  return has('version', version);
}

function has(attribute: 'version' | 'ver' | 'fence' | 'attempt', value: number): Condition {
  return {
    ConditionExpression: `#${attribute} = :${attribute}`,
    ExpressionAttributeNames: { [`#${attribute}`]: attribute },
    ExpressionAttributeValues: { [`:${attribute}`]: { N: String(value) } },
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
}
