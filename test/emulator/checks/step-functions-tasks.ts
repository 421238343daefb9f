import { setTimeout as pause } from 'node:timers/promises';
import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { type CheckSet, SOON_MS } from '../check.ts';
import { callback, describe, ended, invocation, oneState, start, tokenOf } from './executions.ts';

/** How task states wait, fail and are answered. */
export const stepFunctionsTasks: CheckSet = {
  functions: [
    'JsonataTimeout',
    'Heartbeats',
    'FailingCallback',
    'TokenPerAttempt',
    'AnsweredTask',
    'AbortedTask',
  ],
  resources: {},
  checks: [
    {
      correction: 'callback-tasks',
      name: 'TimeoutSeconds of a callback task may be a JSONata expression',
      async run(lab) {
        const task = callback('JsonataTimeout', { TimeoutSeconds: '{% $states.input.seconds %}', End: true });
        const execution = await ended(lab, await start(lab, oneState(task), { seconds: 1 }));
        expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
      },
    },
    {
      correction: 'callback-tasks',
      name: 'heartbeats keep a callback task alive, and it fails when they stop',
      async run(lab) {
        const timing = { HeartbeatSeconds: '{% 3 %}', TimeoutSeconds: 60 };
        const executionArn = await start(lab, oneState(callback('Heartbeats', { ...timing, End: true })));
        const taskToken = await tokenOf(lab, 'Heartbeats');
        for (let beat = 0; beat < 4; beat += 1) {
          await pause(1_000);
          await lab.clients.sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
        }
        expect((await describe(lab, executionArn)).status).toBe('RUNNING');
        expect((await ended(lab, executionArn)).error).toBe('States.HeartbeatTimeout');
      },
    },
    {
      correction: 'callback-tasks',
      name: "a callback task fails with its function's error, and a Catch finds it by name",
      async run(lab) {
        lab.recorder.script('FailingCallback', () => ({ throw: { name: 'BoomError', message: 'boom' } }));
        const caught = { ErrorEquals: ['BoomError'], Output: '{% $states.errorOutput %}', Next: 'Done' };
        const task = callback('FailingCallback', { TimeoutSeconds: 60, Catch: [caught], Next: 'Done' });
        const machine = oneState(task, { States: { Only: task, Done: { Type: 'Succeed' } } });
        const execution = await ended(lab, await start(lab, machine));
        const output = JSON.parse(execution.output ?? 'null');
        expect(output.Error).toBe('BoomError');
        expect(JSON.parse(output.Cause)).toMatchObject({ errorType: 'BoomError', errorMessage: 'boom' });
      },
    },
    {
      correction: 'token-per-attempt',
      name: 'every attempt of a retried callback task has a token of its own',
      async run(lab) {
        const retry = {
          ErrorEquals: ['States.TaskFailed'],
          MaxAttempts: 2,
          IntervalSeconds: 1,
          BackoffRate: 1,
        };
        await start(lab, oneState(callback('TokenPerAttempt', { Retry: [retry], End: true })));
        const tokens = new Set<string>();
        for (const attempt of [1, 2, 3]) {
          const taskToken = await tokenOf(lab, 'TokenPerAttempt', attempt);
          tokens.add(taskToken);
          await lab.clients.sfn.send(new SendTaskFailureCommand({ taskToken, error: 'Again' }));
        }
        expect(tokens.size).toBe(3);
      },
    },
    {
      correction: 'closed-tokens',
      name: 'the token of a task that was answered is answered with TaskTimedOut',
      async run(lab) {
        const executionArn = await start(lab, oneState(callback('AnsweredTask')));
        const taskToken = await tokenOf(lab, 'AnsweredTask');
        const answer = (output: string) =>
          lab.clients.sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
        await expect(answer('no JSON')).rejects.toMatchObject({ name: 'InvalidOutput' });
        await answer('{}');
        expect((await ended(lab, executionArn)).status).toBe('SUCCEEDED');
        await expect(answer('{}')).rejects.toMatchObject({ name: 'TaskTimedOut' });
      },
    },
    {
      correction: 'closed-tokens',
      name: 'the token of a stopped execution is answered with TaskTimedOut',
      async run(lab) {
        const executionArn = await start(
          lab,
          oneState(callback('AbortedTask', { TimeoutSeconds: 30, End: true })),
        );
        const taskToken = await tokenOf(lab, 'AbortedTask');
        await lab.clients.sfn.send(new StopExecutionCommand({ executionArn }));
        const answer = lab.clients.sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
        await expect(answer).rejects.toMatchObject({ name: 'TaskTimedOut' });
      },
    },
    {
      correction: 'retry-delays',
      name: 'MaxDelaySeconds limits how long a Retry waits',
      async run(lab) {
        const retry = { ErrorEquals: ['States.ALL'], MaxAttempts: 2, BackoffRate: 100, MaxDelaySeconds: 1 };
        const execution = await ended(
          lab,
          await start(lab, oneState(invocation('Missing', { Retry: [retry] }))),
        );
        expect(execution.error).toBe('Lambda.ResourceNotFoundException');
      },
    },
    {
      correction: 'retry-delays',
      name: 'JitterStrategy FULL makes a Retry wait any time up to its delay',
      async run(lab) {
        const attempts = 8;
        const interval = { IntervalSeconds: 1, BackoffRate: 1, JitterStrategy: 'FULL' };
        const retry = { ErrorEquals: ['States.ALL'], MaxAttempts: attempts, ...interval };
        const executionArn = await start(lab, oneState(invocation('Missing', { Retry: [retry] })));
        const { startDate, stopDate } = await ended(lab, executionArn, 2 * SOON_MS);
        const seconds = ((stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0)) / 1_000;
        expect(seconds).toBeLessThan(attempts - 0.5); // once in a million runs the random waits add up to more
      },
    },
  ],
};
