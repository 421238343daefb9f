import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge';
import { ListExecutionsCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { whyOf } from './support/lines-api.ts';
import { localAws } from './support/local-aws.ts';
import { type Part, say, undoneBy } from './support/parts.ts';
import { sweepMeanwhile } from './support/sweep.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const aws = localAws(stack);

const countDown = (seconds: number, input: Part = {}): Part => ({
  name: 'count',
  action: 'count-down',
  input: { seconds, ...input },
});

/** How the execution of the job's first op is, by its name; null while there is none. */
async function executionOf(id: string): Promise<string | null> {
  const { stateMachines = [] } = await aws.sfn.send(new ListStateMachinesCommand({}));
  const machine = stateMachines.find(({ name }) => name?.includes('CountDown'));
  const { executions = [] } = await aws.sfn.send(
    new ListExecutionsCommand({ stateMachineArn: machine?.stateMachineArn, maxResults: 1_000 }),
  );
  return executions.find(({ name }) => name === `${id}-1-0-1`)?.status ?? null;
}

async function rule(): Promise<string> {
  const { Rules = [] } = await aws.events.send(new ListRulesCommand({}));
  const found = Rules.find(({ Description }) => Description === 'Executions of Jobplane actions that ended');
  if (found?.Name === undefined) throw new Error('there is no rule on the ends of executions');
  return found.Name;
}

describe.concurrent('an action that is a state machine', () => {
  test('gives its output to later ops', async () => {
    const later = { name: 'say', action: 'log', input: { message: { $from: 'ops.count.result.for' } } };
    const id = await api.submit([countDown(0), later]);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
    expect(await api.logs(id)).toEqual([id]);
  });

  test('fails the op with the error of its execution', async () => {
    const id = await api.submit([say('one', undoneBy('undone')), countDown(0, { fail: 'OutOfSteam' })]);
    const { status, error } = await api.settled(id);
    expect([status, error]).toMatchObject(['FAILED', { code: 'OutOfSteam', message: 'it was to fail' }]);
    expect(await api.logs(id)).toEqual(['one', 'undone']);
  });

  test.each([[{}], [{ force: true }]])('is stopped when its job is cancelled with %j', async (how) => {
    const id = await api.submit([countDown(600)]);
    await eventually('the execution runs', 20_000, async () =>
      (await executionOf(id)) === 'RUNNING' ? true : null,
    );
    await api.command(id, 'cancel', how);
    expect(await api.settled(id)).toMatchObject({ status: 'CANCELED_WHILE_RUNNING' });
    await eventually('the execution is stopped', 20_000, async () =>
      (await executionOf(id)) === 'ABORTED' ? true : null,
    );
  });
});

describe.concurrent('an action that is done by a person', () => {
  test('is completed by an operator and not by a worker', async () => {
    const id = await api.submit([{ name: 'sign', action: 'ask-somebody' }]);
    await api.opIs(id, 0, 'running');
    expect(await whyOf(api, id)).toMatchObject({ standsAt: 'person' });
    const body = { attempt: 1, try: 1, result: { by: 'ada' } };
    const path = `/jobs/${id}/ops/0/complete`;
    expect((await api.as('worker').call('POST', path, body)).status).toBe(403);
    expect((await api.call('POST', path, body)).status).toBe(204);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
  });
});

describe.concurrent('an action that is a request', () => {
  test.each(['https://169.254.169.254/latest/meta-data/', 'https://127.0.0.1/', 'https://localhost/'])(
    'cannot be submitted for %s',
    async (url) => {
      const ops = [{ name: 'fetch', action: 'fetch-page', input: { url } }];
      const answer = await api.call('POST', '/jobs', { name: 'e2e', project: 'web', ops });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'InvalidActionInput']);
    },
  );

  test('is refused where an earlier result names an address', async () => {
    const from = { $from: 'ops.sign.result.url' };
    const id = await api.submit([
      { name: 'sign', action: 'ask-somebody' },
      { name: 'fetch', action: 'fetch-page', input: { url: from } },
    ]);
    await api.opIs(id, 0, 'running');
    const result = { url: 'https://2852039166/latest/meta-data/' };
    await api.call('POST', `/jobs/${id}/ops/0/complete`, { attempt: 1, try: 1, result });
    expect(await api.settled(id)).toMatchObject({
      status: 'FAILED',
      error: { code: 'HttpTargetRefused' },
    });
  });
});

describe('an end that nobody reports', () => {
  let stopSweeping: () => Promise<void>;
  beforeAll(() => {
    stopSweeping = sweepMeanwhile(stack);
  });
  afterAll(() => stopSweeping());

  test('is found by a look', async () => {
    const Name = await rule();
    await aws.events.send(new DisableRuleCommand({ Name }));
    try {
      const id = await api.submit([countDown(1)]);
      expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK' });
      const { State } = await aws.events.send(new DescribeRuleCommand({ Name }));
      expect(State).toBe('DISABLED');
      const last = (await api.journal(id)).find(({ kind, to }) => kind === 'op' && to === 'success');
      expect(last?.actor).toBe('jobplane');
    } finally {
      await aws.events.send(new EnableRuleCommand({ Name }));
    }
  });
});
