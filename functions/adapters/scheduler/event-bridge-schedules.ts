import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { Schedules } from '../../../core/ports/schedules.ts';
import type { ScheduledLook } from './scheduled-look.ts';

/** Where the schedules are, and what they call: ARNs, but for the group's name. */
export interface ScheduleTarget {
  readonly group: string;
  /** The function that looks at a job. */
  readonly function: string;
  /** As which EventBridge Scheduler calls it. */
  readonly role: string;
  /** Takes the calls that never came through. */
  readonly deadLetters: string;
}

/** Two minutes: by then two sweeps have looked at the job. */
const RETRIES = { MaximumEventAgeInSeconds: 120, MaximumRetryAttempts: 5 } as const;

const SECOND_MS = 1_000;

/**
 * One-time schedules in one group, through the AWS SDK. A schedule's name says the job and the moment,
 * so that making it twice makes one.
 */
export function eventBridgeSchedules(client: SchedulerClient, target: ScheduleTarget): Schedules {
  return {
    async create(jobId, at) {
      const look: ScheduledLook = { jobId };
      await unless(
        ConflictException,
        client.send(
          new CreateScheduleCommand({
            GroupName: target.group,
            Name: nameOf(jobId, at),
            ScheduleExpression: `at(${wholeSecondFrom(at)})`,
            ScheduleExpressionTimezone: 'UTC',
            FlexibleTimeWindow: { Mode: 'OFF' },
            ActionAfterCompletion: 'DELETE',
            Target: {
              Arn: target.function,
              RoleArn: target.role,
              Input: JSON.stringify(look),
              DeadLetterConfig: { Arn: target.deadLetters },
              RetryPolicy: RETRIES,
            },
          }),
        ),
      );
    },

    async remove(jobId, at) {
      await unless(
        ResourceNotFoundException,
        client.send(new DeleteScheduleCommand({ GroupName: target.group, Name: nameOf(jobId, at) })),
      );
    },
  };
}

/** 26 characters of an id and 13 of a time: 40 of the 64 that a name may have. */
function nameOf(jobId: JobId, at: Instant): string {
  return `${jobId}-${at}`;
}

/** Up, not down: a look before the moment would find nothing to do. */
function wholeSecondFrom(at: Instant): string {
  const instant = new Date(Math.ceil(at / SECOND_MS) * SECOND_MS);
  return instant.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
}

/** An error that says that somebody has done it before is no error. */
async function unless(done: abstract new (...args: never) => Error, sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof done)) throw error;
  }
}
