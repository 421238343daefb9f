import { CreateScheduleCommand, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { expect } from 'vitest';
import { type CheckSet, invoked } from '../check.ts';
import { ANY_ROLE, functionArn, type Lab } from '../lab.ts';

const FIRST_SCHEDULE_LIMIT_MS = 12_000;
const PRECISION_MS = 3_000;

/** One-time schedules. */
export const scheduler: CheckSet = {
  functions: ['FirstSchedule', 'SecondSchedule', 'UpdatedSchedule', 'KeywordSchedule'],
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
  ],
};

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
