import {
  ConflictException,
  ResourceNotFoundException,
  SchedulerClient,
  ThrottlingException,
} from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import { eventBridgeSchedules } from '../../../functions/adapters/scheduler/event-bridge-schedules.ts';
import { scheduledLookSchema } from '../../../functions/adapters/scheduler/scheduled-look.ts';

const JOB = jobIdSchema.parse('01JAAAAAAAAAAAAAAAAAAAAAAA');
const AT = Date.UTC(2026, 11, 1, 2, 0, 0);

const TARGET = {
  group: 'dates',
  function: 'arn:aws:lambda:us-east-1:000000000000:function:on-due',
  role: 'arn:aws:iam::000000000000:role/schedules',
  deadLetters: 'arn:aws:sqs:us-east-1:000000000000:dead-letters',
};

const RESPONSE = { $metadata: {}, message: 'no', Message: 'no' };

interface Sent {
  readonly command: string;
  readonly input: unknown;
}

/** Schedules through a client that writes down what it is asked, and then fails if a test says so. */
function staged(failure?: Error) {
  const sent: Sent[] = [];
  const client = new SchedulerClient({ region: 'us-east-1' });
  client.middlewareStack.add(
    (_next, context) =>
      async ({ input }) => {
        sent.push({ command: String(context['commandName']), input });
        if (failure !== undefined) throw failure;
        return { response: {}, output: { $metadata: {} } };
      },
    { step: 'initialize', priority: 'high', name: 'recording' },
  );
  return { sent, schedules: eventBridgeSchedules(client, TARGET) };
}

/** What of a request says which schedule is meant, and when it fires. */
const scheduleSchema = z.looseObject({
  GroupName: z.string(),
  Name: z.string(),
  ScheduleExpression: z.string().optional(),
  Target: z.looseObject({ Input: z.string() }).optional(),
});

function inputOf(sent: Sent | undefined) {
  return scheduleSchema.parse(sent?.input);
}

describe('a schedule', () => {
  it('calls the function once with the job, as its role, and is gone then', async () => {
    const { sent, schedules } = staged();
    await schedules.create(JOB, AT);
    expect(sent.map(({ command }) => command)).toEqual(['CreateScheduleCommand']);
    expect(sent[0]?.input).toEqual({
      GroupName: 'dates',
      Name: `${JOB}-${AT}`,
      ScheduleExpression: 'at(2026-12-01T02:00:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: TARGET.function,
        RoleArn: TARGET.role,
        Input: `{"jobId":"${JOB}"}`,
        DeadLetterConfig: { Arn: TARGET.deadLetters },
        RetryPolicy: { MaximumEventAgeInSeconds: 120, MaximumRetryAttempts: 5 },
      },
    });
    const { Target } = inputOf(sent[0]);
    expect(scheduledLookSchema.parse(JSON.parse(Target?.Input ?? ''))).toEqual({ jobId: JOB });
  });

  it.each([
    [AT, '2026-12-01T02:00:00'],
    [AT + 1, '2026-12-01T02:00:01'],
    [AT + 999, '2026-12-01T02:00:01'],
    [AT + 59_001, '2026-12-01T02:01:00'],
  ])('for %i fires at the whole second %s, never before its moment', async (at, expected) => {
    const { sent, schedules } = staged();
    await schedules.create(JOB, at);
    expect(inputOf(sent[0]).ScheduleExpression).toBe(`at(${expected})`);
  });

  it('has a name that EventBridge Scheduler takes, another for another moment', async () => {
    const { sent, schedules } = staged();
    const last = Date.UTC(2200, 0, 1);
    for (const at of [AT, AT + 1, last]) await schedules.create(JOB, at);
    const names = sent.map((request) => inputOf(request).Name);
    for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
    expect(new Set(names).size).toBe(3);
  });

  it('that is there already is as good as made', async () => {
    const { sent, schedules } = staged(new ConflictException(RESPONSE));
    await schedules.create(JOB, AT);
    expect(sent).toHaveLength(1);
  });

  it('is removed by the name it was made by', async () => {
    const { sent, schedules } = staged();
    await schedules.create(JOB, AT);
    await schedules.remove(JOB, AT);
    const [made, removed] = sent;
    const { GroupName, Name } = inputOf(made);
    expect(removed).toEqual({ command: 'DeleteScheduleCommand', input: { GroupName, Name } });
  });

  it('that is gone already is as good as removed', async () => {
    const { sent, schedules } = staged(new ResourceNotFoundException(RESPONSE));
    await schedules.remove(JOB, AT);
    expect(sent).toHaveLength(1);
  });

  it('that could not be made or removed stays owed', async () => {
    const { schedules } = staged(new ThrottlingException(RESPONSE));
    await expect(schedules.create(JOB, AT)).rejects.toThrow(ThrottlingException);
    await expect(schedules.remove(JOB, AT)).rejects.toThrow(ThrottlingException);
    const missing = staged(new ResourceNotFoundException(RESPONSE));
    await expect(missing.schedules.create(JOB, AT)).rejects.toThrow(ResourceNotFoundException);
  });
});
