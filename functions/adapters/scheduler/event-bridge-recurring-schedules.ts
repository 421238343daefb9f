import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { RecurringCalls, RecurringSchedules } from '../../../core/ports/recurring-schedules.ts';
import { GRACE_MS } from '../../../core/schedule/schedule.ts';
import type { ScheduleTarget } from './event-bridge-schedules.ts';
import { SCHEDULED_TIME, type ScheduleFiring } from './schedule-firing.ts';

/** A firing that comes later than this makes no job. */
const RETRIES = { MaximumEventAgeInSeconds: GRACE_MS / 1000, MaximumRetryAttempts: 10 } as const;

/** Recurring schedules in a group of their own, through the AWS SDK, each under the id of its schedule. */
export function eventBridgeRecurringSchedules(
  client: SchedulerClient,
  target: ScheduleTarget,
): RecurringSchedules {
  async function update(input: CreateScheduleCommandInput): Promise<boolean> {
    return unless(ResourceNotFoundException, client.send(new UpdateScheduleCommand(input)));
  }

  async function create(input: CreateScheduleCommandInput): Promise<boolean> {
    return unless(ConflictException, client.send(new CreateScheduleCommand(input)));
  }

  return {
    async put(calls) {
      const input = inputOf(calls, target);
      if ((await update(input)) || (await create(input)) || (await update(input))) return;
      throw new Error(`schedule ${calls.id} was made and removed by others at once`);
    },

    async remove(id) {
      await unless(
        ResourceNotFoundException,
        client.send(new DeleteScheduleCommand({ GroupName: target.group, Name: id })),
      );
    },
  };
}

function inputOf(
  { id, version, expression, timezone, enabled, startsAt }: RecurringCalls,
  target: ScheduleTarget,
): CreateScheduleCommandInput {
  const firing: ScheduleFiring = { scheduleId: id, version, scheduledTime: SCHEDULED_TIME };
  return {
    GroupName: target.group,
    Name: id,
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: timezone,
    ...(startsAt === undefined ? {} : { StartDate: new Date(startsAt) }),
    State: enabled ? 'ENABLED' : 'DISABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: target.function,
      RoleArn: target.role,
      Input: JSON.stringify(firing),
      DeadLetterConfig: { Arn: target.deadLetters },
      RetryPolicy: RETRIES,
    },
  };
}

/** False where it failed with this error. */
async function unless(
  failed: abstract new (...args: never) => Error,
  sent: Promise<unknown>,
): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (!(error instanceof failed)) throw error;
    return false;
  }
}
