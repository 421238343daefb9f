import { setTimeout as pause } from 'node:timers/promises';
import { DisableRuleCommand, EnableRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetExecutionHistoryCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { type CheckSet, invoked, never } from '../check.ts';
import { functionArn, type Lab } from '../lab.ts';
import { callback, createMachine, describe, ended, invocation, oneState, start } from './executions.ts';

const NEVER_MS = 1_000;
const WORK_MS = 500;

/** How executions start, stop and fail. */
export const stepFunctionsExecutions: CheckSet = {
  functions: ['StoppedMap', 'StoppedTask', 'FailFastItem', 'FailedItem', 'DisabledListener'],
  resources: {
    DisabledRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: 'disabled-rule',
        EventPattern: {
          source: ['aws.states'],
          detail: { status: ['SUCCEEDED'], name: [{ prefix: 'switch-' }] },
        },
        Targets: [{ Id: 'listener', Arn: functionArn('DisabledListener') }],
      },
      DependsOn: ['DisabledListener'],
    },
  },
  checks: [
    {
      correction: 'stop-at-once',
      name: 'StopExecution keeps a Map from starting its next item',
      async run(lab) {
        lab.recorder.script('StoppedMap', () => pause(WORK_MS, { return: null }));
        const map = {
          Type: 'Map',
          MaxConcurrency: 1,
          Items: '{% [1, 2, 3] %}',
          ItemProcessor: { StartAt: 'Item', States: { Item: invocation('StoppedMap') } },
          End: true,
        };
        const executionArn = await start(lab, oneState(map));
        await invoked(lab, 'StoppedMap');
        await lab.clients.sfn.send(new StopExecutionCommand({ executionArn }));
        await never(
          'the next item starts',
          WORK_MS + NEVER_MS,
          () => lab.recorder.calls('StoppedMap').length > 1,
        );
      },
    },
    {
      correction: 'stop-at-once',
      name: 'a stopped execution stays ABORTED when its last task fails later',
      async run(lab) {
        lab.recorder.script('StoppedTask', () =>
          pause(WORK_MS, { throw: { name: 'TooLate', message: 'too late' } }),
        );
        const executionArn = await start(lab, oneState(invocation('StoppedTask')));
        await invoked(lab, 'StoppedTask');
        await lab.clients.sfn.send(new StopExecutionCommand({ executionArn, error: 'Stopped' }));
        await never('its status changes', WORK_MS + NEVER_MS, async () => {
          return (await describe(lab, executionArn)).status !== 'ABORTED';
        });
        expect(await lastEvent(lab, executionArn)).toBe('ExecutionAborted');
      },
    },
    {
      correction: 'map-fails-fast',
      name: 'the first failed item fails an inline Map, although another item waits for its callback',
      async run(lab) {
        const map = {
          Type: 'Map',
          Items: '{% [1, 2] %}',
          ItemProcessor: {
            StartAt: 'Which',
            States: {
              Which: {
                Type: 'Choice',
                Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'Fail' }],
                Default: 'Wait for callback',
              },
              Fail: { Type: 'Fail', Error: 'BadItem' },
              'Wait for callback': callback('FailFastItem', { TimeoutSeconds: 60, End: true }),
            },
          },
          End: true,
        };
        const execution = await ended(lab, await start(lab, oneState(map)));
        expect(execution).toMatchObject({ status: 'FAILED', error: 'BadItem' });
      },
    },
    {
      correction: 'map-fails-fast',
      name: 'no item of an inline Map starts after one has failed',
      async run(lab) {
        lab.recorder.script('FailedItem', () => ({ throw: { name: 'BadItem', message: 'bad' } }));
        const map = {
          Type: 'Map',
          MaxConcurrency: 1,
          Items: '{% [1, 2, 3] %}',
          ItemProcessor: { StartAt: 'Item', States: { Item: invocation('FailedItem') } },
          End: true,
        };
        expect(await ended(lab, await start(lab, oneState(map)))).toMatchObject({ error: 'BadItem' });
        expect(lab.recorder.calls('FailedItem')).toHaveLength(1);
      },
    },
    {
      correction: 'start-is-idempotent',
      name: 'StartExecution with the name and input of a running execution answers with that execution',
      async run(lab) {
        const stateMachineArn = await createMachine(lab, oneState({ Type: 'Wait', Seconds: 3, End: true }));
        const begin = (input: string) =>
          lab.clients.sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'same', input }));
        const first = await begin('{"a":1}');
        const second = await begin('{"a":1}');
        expect(second.executionArn).toBe(first.executionArn);
        expect(second.startDate).toEqual(first.startDate);
        await expect(begin('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
        await ended(lab, first.executionArn ?? '');
        await expect(begin('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
      },
    },
    {
      correction: 'execution-names',
      name: "an execution's name has at most 80 characters of those AWS allows",
      async run(lab) {
        const stateMachineArn = await createMachine(lab, oneState({ Type: 'Succeed' }));
        const begin = (name: string) =>
          lab.clients.sfn.send(new StartExecutionCommand({ stateMachineArn, name }));
        await begin('a'.repeat(80));
        await begin('01JABC-1-RUN_2.x+y=z@(!)');
        for (const name of ['a'.repeat(81), 'a b', 'a/b', 'a:b', 'a#b', 'a*', 'a<b>', 'a\u0007']) {
          await expect(begin(name), name).rejects.toMatchObject({ name: 'InvalidName' });
        }
      },
    },
    {
      correction: undefined,
      name: 'a disabled rule delivers no status change of an execution, and an enabled one does',
      async run(lab) {
        const stateMachineArn = await createMachine(lab, oneState({ Type: 'Succeed' }));
        const rule = { Name: 'disabled-rule' };
        for (const name of ['switch-off', 'switch-on']) {
          const change = name === 'switch-off' ? new DisableRuleCommand(rule) : new EnableRuleCommand(rule);
          await lab.clients.events.send(change);
          const { executionArn } = await lab.clients.sfn.send(
            new StartExecutionCommand({ stateMachineArn, name }),
          );
          await ended(lab, executionArn ?? '');
        }
        const call = await invoked(lab, 'DisabledListener');
        expect(call.event).toMatchObject({ detail: { name: 'switch-on' } });
      },
    },
    {
      correction: 'history-has-the-states-of-items',
      name: 'the history names every state that an item of a Map enters',
      async run(lab) {
        const map = {
          Type: 'Map',
          MaxConcurrency: 1,
          Items: '{% [1, 2] %}',
          ItemProcessor: {
            StartAt: 'Is it?',
            States: {
              'Is it?': { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Done' }] },
              Done: { Type: 'Succeed' },
            },
          },
          End: true,
        };
        const executionArn = await start(lab, oneState(map));
        await ended(lab, executionArn);
        const { events = [] } = await lab.clients.sfn.send(new GetExecutionHistoryCommand({ executionArn }));
        const entered = events.flatMap(({ stateEnteredEventDetails: details }) => details?.name ?? []);
        expect(entered.slice(1)).toEqual(['Is it?', 'Done', 'Is it?', 'Done']);
      },
    },
  ],
};

async function lastEvent(lab: Lab, executionArn: string): Promise<string | undefined> {
  const { events = [] } = await lab.clients.sfn.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
  );
  return events[0]?.type;
}
