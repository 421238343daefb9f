import {
  ConflictException,
  ResourceNotFoundException,
  SchedulerClient,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import { scheduleIdSchema } from '../../../core/schedule/schedule.ts';
import { eventBridgeRecurringSchedules } from '../../../functions/adapters/scheduler/event-bridge-recurring-schedules.ts';

const ID = scheduleIdSchema.parse('01JAAAAAAAAAAAAAAAAAAAAAAA');

const TARGET = {
  group: 'recurring',
  function: 'arn:aws:lambda:us-east-1:000000000000:function:run-schedule',
  role: 'arn:aws:iam::000000000000:role/recurring',
  deadLetters: 'arn:aws:sqs:us-east-1:000000000000:dead-letters',
};

const CALLS = {
  id: ID,
  version: 3,
  expression: 'cron(0 3 * * ? *)',
  timezone: 'Europe/Berlin',
  enabled: true,
};

const RESPONSE = { $metadata: {}, message: 'no', Message: 'no' };
const missing = new ResourceNotFoundException(RESPONSE);
const conflict = new ConflictException(RESPONSE);

/** Schedules through a client that fails as a test says, call by call, and writes down what it is asked. */
function staged(...failures: (Error | null)[]) {
  const sent: { readonly command: string; readonly input: unknown }[] = [];
  const client = new SchedulerClient({ region: 'us-east-1' });
  client.middlewareStack.add(
    (_next, context) =>
      async ({ input }) => {
        const failure = failures[sent.length] ?? null;
        sent.push({ command: String(context['commandName']), input });
        if (failure !== null) throw failure;
        return { response: {}, output: { $metadata: {} } };
      },
    { step: 'initialize', priority: 'high', name: 'recording' },
  );
  return { sent, recurring: eventBridgeRecurringSchedules(client, TARGET) };
}

describe('a recurring schedule', () => {
  it('calls the function in its time zone, to the minute, with the time that it fires for', async () => {
    const { sent, recurring } = staged();
    await recurring.put(CALLS);
    expect(sent).toEqual([
      {
        command: 'UpdateScheduleCommand',
        input: {
          GroupName: 'recurring',
          Name: ID,
          ScheduleExpression: 'cron(0 3 * * ? *)',
          ScheduleExpressionTimezone: 'Europe/Berlin',
          State: 'ENABLED',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: TARGET.function,
            RoleArn: TARGET.role,
            Input: JSON.stringify({
              scheduleId: ID,
              version: 3,
              scheduledTime: '<aws.scheduler.scheduled-time>',
            }),
            DeadLetterConfig: { Arn: TARGET.deadLetters },
            RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 10 },
          },
        },
      },
    ]);
  });

  it('is made where there is none', async () => {
    const { sent, recurring } = staged(missing);
    await recurring.put(CALLS);
    expect(sent.map(({ command }) => command)).toEqual(['UpdateScheduleCommand', 'CreateScheduleCommand']);
    expect(sent[1]?.input).toEqual(sent[0]?.input);
  });

  it('is changed where somebody made it just now', async () => {
    const { sent, recurring } = staged(missing, conflict);
    await recurring.put(CALLS);
    expect(sent.map(({ command }) => command)).toEqual([
      'UpdateScheduleCommand',
      'CreateScheduleCommand',
      'UpdateScheduleCommand',
    ]);
  });

  it('stands still while it is disabled', async () => {
    const { sent, recurring } = staged();
    await recurring.put({ ...CALLS, enabled: false });
    expect(sent).toMatchObject([{ input: { State: 'DISABLED' } }]);
  });

  it('of a rate counts from its next run', async () => {
    const startsAt = Date.UTC(2026, 11, 1, 2, 5);
    const { sent, recurring } = staged();
    await recurring.put({ ...CALLS, expression: 'rate(5 minutes)', startsAt });
    expect(sent).toMatchObject([{ input: { StartDate: new Date(startsAt) } }]);
  });

  it('is removed by its id, once or again', async () => {
    const { sent, recurring } = staged(null, missing);
    await recurring.remove(ID);
    await recurring.remove(ID);
    const removal = { command: 'DeleteScheduleCommand', input: { GroupName: 'recurring', Name: ID } };
    expect(sent).toEqual([removal, removal]);
  });

  it('of which the Scheduler was not told stays owed', async () => {
    for (const failure of [new ThrottlingException(RESPONSE), new ValidationException(RESPONSE)]) {
      await expect(staged(failure).recurring.put(CALLS)).rejects.toThrow(failure);
      await expect(staged(failure).recurring.remove(ID)).rejects.toThrow(failure);
    }
    await expect(staged(missing, conflict, missing).recurring.put(CALLS)).rejects.toThrow(/at once/);
  });
});
