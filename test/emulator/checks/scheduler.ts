import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { expect } from 'vitest';
import * as z from 'zod';
import { type CheckSet, invoked } from '../check.ts';
import { ANY_ROLE, functionArn, type Lab } from '../lab.ts';

const FIRST_SCHEDULE_LIMIT_MS = 12_000;
const PRECISION_MS = 3_000;

/** One-time and recurring schedules. */
export const scheduler: CheckSet = {
  functions: [
    'FirstSchedule',
    'SecondSchedule',
    'UpdatedSchedule',
    'KeywordSchedule',
    'CronSchedule',
    'RateSchedule',
  ],
  resources: {},
  checks: [
    {
      correction: 'schedules-fire-in-time',
      name: 'one-time schedules fire within seconds of their moments',
      async run(lab) {
        const moments = [inSeconds(2), inSeconds(6)]; // no sweep every ten seconds is near both
        const names = ['FirstSchedule', 'SecondSchedule'];
        const firedAt = names.map((name) => new Promise<number>((resolve) => onCall(lab, name, resolve)));
        await Promise.all(names.map((name, index) => lab.clients.scheduler.send(once(name, moments[index]))));
        for (const [index, fired] of (await Promise.all(firedAt)).entries()) {
          const late = fired - (moments[index]?.getTime() ?? 0);
          expect(late).toBeGreaterThanOrEqual(0);
          expect(late).toBeLessThan(PRECISION_MS);
        }
      },
    },
    {
      correction: 'changed-schedules-fire-again',
      name: 'a schedule that has fired fires again when it is given a new moment',
      async run(lab) {
        await lab.clients.scheduler.send(once('UpdatedSchedule', inSeconds(1)));
        await invoked(lab, 'UpdatedSchedule', 1, FIRST_SCHEDULE_LIMIT_MS);
        const { input } = once('UpdatedSchedule', inSeconds(1));
        await lab.clients.scheduler.send(new UpdateScheduleCommand(input));
        await invoked(lab, 'UpdatedSchedule', 2, FIRST_SCHEDULE_LIMIT_MS);
      },
    },
    {
      correction: 'context-attributes',
      name: "the keywords in a target's Input are replaced",
      async run(lab) {
        const moment = inSeconds(1);
        const Input = JSON.stringify({
          schedule: '<aws.scheduler.schedule-arn>',
          time: '<aws.scheduler.scheduled-time>',
          attempt: '<aws.scheduler.attempt-number>',
          execution: '<aws.scheduler.execution-id>',
        });
        await lab.clients.scheduler.send(once('KeywordSchedule', moment, Input));
        expect((await invoked(lab, 'KeywordSchedule', 1, FIRST_SCHEDULE_LIMIT_MS)).event).toEqual({
          schedule: expect.stringMatching(/:schedule\/default\/KeywordSchedule$/),
          time: moment.toISOString().replace('.000Z', 'Z'),
          attempt: '1',
          execution: expect.stringMatching(/^[0-9a-f-]{36}$/),
        });
      },
    },
    {
      correction: 'recurring-schedules-keep-their-times',
      name: 'a cron schedule fires when the clocks of its time zone show the time',
      async run(lab) {
        const minute = new Date(Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS);
        // Five hours and three quarters before UTC all the year.
        const there = new Date(minute.getTime() + 345 * MINUTE_MS);
        const expression = `cron(${there.getUTCMinutes()} ${there.getUTCHours()} * * ? *)`;
        await lab.clients.scheduler.send(
          recurring('CronSchedule', {
            ScheduleExpression: expression,
            ScheduleExpressionTimezone: 'Asia/Kathmandu',
          }),
        );
        expect(await scheduledTime(lab, 'CronSchedule', 1)).toBe(minute.getTime());
      },
    },
    {
      correction: 'recurring-schedules-keep-their-times',
      name: 'a rate counts from the start of its schedule',
      isSlow: true,
      async run(lab) {
        const StartDate = inSeconds(2);
        await lab.clients.scheduler.send(
          recurring('RateSchedule', { ScheduleExpression: 'rate(1 minute)', StartDate }),
        );
        expect(await scheduledTime(lab, 'RateSchedule', 1)).toBe(StartDate.getTime());
        expect(await scheduledTime(lab, 'RateSchedule', 2)).toBe(StartDate.getTime() + MINUTE_MS);
      },
    },
  ],
};

const MINUTE_MS = 60_000;

/** Up to a minute until the next run, and a second one after that. */
const RECURRING_LIMIT_MS = 75_000;

/** A schedule that invokes the function of its name with the time it fires for, again and again. */
function recurring(Name: string, when: Partial<CreateScheduleCommandInput>): CreateScheduleCommand {
  const { input } = once(Name, new Date(), JSON.stringify({ time: '<aws.scheduler.scheduled-time>' }));
  return new CreateScheduleCommand({ ...input, ...when });
}

async function scheduledTime(lab: Lab, name: string, count: number): Promise<number> {
  const { event } = await invoked(lab, name, count, RECURRING_LIMIT_MS);
  return Date.parse(z.object({ time: z.string() }).parse(event).time);
}

/** A whole second, at least so many seconds ahead. */
function inSeconds(seconds: number): Date {
  return new Date((Math.ceil(Date.now() / 1_000) + seconds) * 1_000);
}

/** A schedule that invokes the function of its name once, and is kept after that. */
export function once(Name: string, moment = inSeconds(1), Input = '{}'): CreateScheduleCommand {
  return new CreateScheduleCommand({
    Name,
    ScheduleExpression: `at(${moment.toISOString().slice(0, 19)})`,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: functionArn(Name), RoleArn: ANY_ROLE, Input },
  });
}

function onCall({ recorder }: Lab, name: string, tell: (at: number) => void): void {
  recorder.script(name, () => {
    tell(Date.now());
    return { return: null };
  });
}
