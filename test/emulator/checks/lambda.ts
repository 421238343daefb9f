import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect } from 'vitest';
import { type CheckSet, invoked } from '../check.ts';
import { functionArn, type Lab } from '../lab.ts';
import { kill } from '../recorder.ts';
import { callback, ended, oneState, start } from './executions.ts';

const BURST = 16;
const TIMED_CALLS = 30;
const LOG_WAIT_MS = 50;

/** What functions report when they fail or die, and how fast they answer. */
export const lambda: CheckSet = {
  functions: ['Thrower', 'Leaver', 'KilledTask', 'KilledOnce', 'Silent', 'Talkative', 'Burst'],
  resources: {},
  checks: [
    {
      correction: 'thrown-errors',
      name: 'a function that throws reports name, message and trace, and its process serves the next call',
      async run(lab) {
        lab.recorder.script('Thrower', () => ({ throw: { name: 'BoomError', message: 'boom' } }));
        const { error, payload } = await invoke(lab, 'Thrower');
        expect(error).toBe('Unhandled');
        expect(payload).toMatchObject({ errorType: 'BoomError', errorMessage: 'boom' });
        expect(payload).toHaveProperty('trace.0', 'BoomError: boom');
        await invoke(lab, 'Thrower');
        expect(new Set(lab.recorder.calls('Thrower').map((call) => call.pid)).size).toBe(1);
      },
    },
    {
      correction: 'exit-error',
      name: 'a function that exits fails with Runtime.ExitError and its exit status, and the next call works',
      async run(lab) {
        lab.recorder.script('Leaver', (_call, index) => (index === 0 ? { exit: 3 } : { return: 'alive' }));
        expect((await invoke(lab, 'Leaver')).payload).toMatchObject({
          errorType: 'Runtime.ExitError',
          errorMessage: expect.stringMatching(
            /^RequestId: \S+ Error: Runtime exited with error: exit status 3$/,
          ),
        });
        expect((await invoke(lab, 'Leaver')).payload).toBe('alive');
      },
    },
    {
      correction: 'exit-error',
      name: 'a callback task whose function is killed fails at once with Runtime.ExitError',
      async run(lab) {
        lab.recorder.script('KilledTask', kill);
        const machine = oneState(callback('KilledTask', { TimeoutSeconds: 60, End: true }));
        const execution = await ended(lab, await start(lab, machine));
        expect(execution).toMatchObject({ status: 'FAILED', error: 'Runtime.ExitError' });
        expect(JSON.parse(execution.cause ?? '{}').errorMessage).toMatch(
          /Runtime exited with error: signal: killed$/,
        );
      },
    },
    {
      correction: 'exit-error',
      name: 'a Retry of Runtime.ExitError invokes a killed function again',
      async run(lab) {
        lab.recorder.script('KilledOnce', (call, index) => (index === 0 ? kill(call) : { return: 'done' }));
        const retry = { ErrorEquals: ['Runtime.ExitError'], IntervalSeconds: 1, MaxAttempts: 1 };
        await start(lab, oneState(callback('KilledOnce', { TimeoutSeconds: 60, Retry: [retry], End: true })));
        await invoked(lab, 'KilledOnce', 2);
      },
    },
    {
      correction: 'silent-functions-answer-at-once',
      name: 'a function that logs nothing answers as soon as one that logs (MiniStack waits 50 ms for its log lines)',
      async run(lab) {
        lab.recorder.script('Talkative', () => ({ return: null, log: 'something' }));
        const silent: number[] = [];
        const talkative: number[] = [];
        for (let call = 0; call < TIMED_CALLS; call += 1) {
          silent.push(await timed(() => invoke(lab, 'Silent')));
          talkative.push(await timed(() => invoke(lab, 'Talkative')));
        }
        expect(Math.min(...silent) - Math.min(...talkative)).toBeLessThan(LOG_WAIT_MS / 2);
      },
    },
    {
      correction: 'bursts-share-workers',
      name: 'a burst of calls is served by fewer processes than it has calls',
      async run(lab) {
        await Promise.all(Array.from({ length: BURST }, () => invoke(lab, 'Burst')));
        const processes = new Set(lab.recorder.calls('Burst').map((call) => call.pid));
        expect(processes.size).toBeLessThan(BURST);
      },
    },
  ],
};

async function invoke(
  { clients }: Lab,
  name: string,
): Promise<{ error: string | undefined; payload: unknown }> {
  const { FunctionError, Payload } = await clients.lambda.send(
    new InvokeCommand({ FunctionName: functionArn(name) }),
  );
  return { error: FunctionError, payload: JSON.parse(Payload?.transformToString() ?? 'null') };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
