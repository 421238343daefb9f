import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { expect } from 'vitest';
import { until } from '../../../local/until.ts';
import { type CheckSet, invoked, never, SOON_MS } from '../check.ts';
import type { Lab } from '../lab.ts';
import { callback, oneState, start } from './executions.ts';
import { once } from './scheduler.ts';
import { idsOf, mapping, put, table } from './streams.ts';

const SNAPSHOT_LIMIT_MS = 15_000;
const SAVED = ['dynamodb.json', 'lambda.json', 'scheduler.json', 'stepfunctions.json'];
const BEFORE = ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8'];
const AFTER = ['a1', 'a2', 'a3'];
const NEVER_MS = 2_500;

/** What survives a crash of the emulator. These checks crash it, so no others may run beside them. */
export const persistence: CheckSet = {
  functions: ['SurvivingReader', 'KeptSchedule', 'Interrupted', 'InterruptedListener'],
  resources: {
    ...table('Surviving'),
    ...mapping('Surviving', { MaximumRetryAttempts: 1 }),
    InterruptedRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: {
          source: ['aws.states'],
          detail: { input: [{ prefix: '{"interrupted"' }], status: ['FAILED'] },
        },
        Targets: [{ Id: 'listener', Arn: { 'Fn::GetAtt': ['InterruptedListener', 'Arn'] } }],
      },
    },
  },
  checks: [
    {
      correction: 'snapshots',
      name: 'an item written some seconds before a crash is there after it',
      async run(lab) {
        await crashOnce(lab);
        const { Item } = await lab.clients.dynamodb.send(
          new GetItemCommand({ TableName: 'Surviving', Key: { id: { S: 'b8' } } }),
        );
        expect(Item).toEqual({ id: { S: 'b8' } });
      },
    },
    {
      correction: 'streams-survive',
      name: 'a stream delivers what is written after a restart',
      async run(lab) {
        await crashOnce(lab);
        await put(lab, 'Surviving', AFTER);
        await until('all new items are delivered', SOON_MS, () => {
          const delivered = new Set(lab.recorder.calls('SurvivingReader').flatMap(idsOf));
          return AFTER.every((id) => delivered.has(id));
        });
      },
    },
    {
      correction: 'fired-schedules-are-remembered',
      name: 'a kept schedule that has fired does not fire again after a restart',
      async run(lab) {
        await crashOnce(lab);
        const { Name } = await lab.clients.scheduler.send(new GetScheduleCommand({ Name: 'KeptSchedule' }));
        expect(Name).toBe('KeptSchedule');
        await never('it fires again', NEVER_MS, () => lab.recorder.calls('KeptSchedule').length > 1);
      },
    },
    {
      correction: 'interrupted-executions-are-announced',
      name: 'an execution that a restart cut off announces that it FAILED',
      async run(lab) {
        const executionArn = await crashOnce(lab);
        const { event } = await invoked(lab, 'InterruptedListener');
        expect(event).toMatchObject({ detail: { executionArn, status: 'FAILED' } });
      },
    },
  ],
};

let crashed: Promise<string> | undefined;

/** Crashes the emulator while there is something to lose, and answers the execution that was running. */
function crashOnce(lab: Lab): Promise<string> {
  crashed ??= prepareAndCrash(lab);
  return crashed;
}

async function prepareAndCrash(lab: Lab): Promise<string> {
  const executionArn = await start(lab, oneState(callback('Interrupted')), { interrupted: true });
  await lab.clients.scheduler.send(once('KeptSchedule'));
  await put(lab, 'Surviving', BEFORE);
  await invoked(lab, 'SurvivingReader');
  await invoked(lab, 'Interrupted');
  await invoked(lab, 'KeptSchedule', 1, SNAPSHOT_LIMIT_MS);
  await savedSince(lab, Date.now());
  await lab.crash();
  return executionArn;
}

async function savedSince({ stateDir }: Lab, moment: number): Promise<void> {
  await until('the emulator has saved its state', SNAPSHOT_LIMIT_MS, async () => {
    const times = await Promise.all(
      SAVED.map((file) =>
        stat(join(stateDir, 'state', file)).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      ),
    );
    return times.every((time) => time > moment);
  });
}
