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

/** The try of the op has no children yet. */
export function groupIsNew(): Condition {
  return IS_ABSENT;
}

/** The group is there and takes children. */
export function groupIsOpen(): Condition {
  return {
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(closed)',
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
}

/** The group takes children, and some have not been made. */
export function groupLacksChildren(): Condition {
  return {
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(closed) AND created < #total',
    ExpressionAttributeNames: { '#total': 'total' },
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
}

/** The group is there, open or closed. */
export function groupExists(): Condition {
  return IS_PRESENT;
}

/** The group has no child at this place. */
export function childIsNew(): Condition {
  return IS_ABSENT;
}

/** The group has this child, and has not counted its end. */
export function childIsUncounted(): Condition {
  return {
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(counted)',
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
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
  return IS_PRESENT;
}

/** The project has submitted fewer in the minute. */
export function submissionsAreBelow(limit: number): Condition {
  return {
    ConditionExpression: 'attribute_not_exists(#submissions) OR #submissions < :limit',
    ExpressionAttributeNames: { '#submissions': 'submissions' },
    ExpressionAttributeValues: { ':limit': { N: String(limit) } },
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
}

/** No schedule has this id. */
export function scheduleIsNew(): Condition {
  return IS_ABSENT;
}

/** The schedule is at the version that was decided on. */
export function scheduleIsUnchanged(ver: number): Condition {
  return has('ver', ver);
}

/** Nobody has decided the run: this is what makes a firing that comes twice one job. */
export function runIsNew(): Condition {
  return IS_ABSENT;
}

/** The run is recorded as one that starts. */
export function runHasStarted(): Condition {
  return {
    ConditionExpression: 'outcome = :started',
    ExpressionAttributeValues: { ':started': { S: 'started' } },
    ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
  };
}

const IS_ABSENT: Condition = {
  ConditionExpression: 'attribute_not_exists(pk)',
  ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
};

const IS_PRESENT: Condition = {
  ConditionExpression: 'attribute_exists(pk)',
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
