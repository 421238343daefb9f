import { DisableRuleCommand, EnableRuleCommand, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { JobsApi } from './support/jobs-api.ts';
import { localAws } from './support/local-aws.ts';
import { sweepNow } from './support/sweep.ts';
import { TWO_SWEEPS_MS } from './support/two-sweeps.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const aws = localAws(stack);

async function hangingJob(): Promise<string> {
  const id = await api.submit([
    {
      name: 'done',
      action: 'log',
      input: { message: 'x' },
      rollback: { action: 'log', input: { message: 'undo' } },
    },
    { name: 'hanging', action: 'manual-work' },
    { name: 'after', step: 'POST', action: 'log', input: { message: 'never' } },
  ]);
  await api.opIs(id, 1, 'running');
  return id;
}

async function stopOutside(id: string): Promise<void> {
  const executionArn = `${stack.stateMachines.job.replace(':stateMachine:', ':execution:')}:${id}-1-RUN-1`;
  await aws.sfn.send(new StopExecutionCommand({ executionArn, error: 'Operator', cause: 'stopped by hand' }));
}

describe('an execution that is stopped outside Jobplane', () => {
  test('makes the job ABENDED at once, by the status event', async () => {
    const id = await hangingJob();
    await stopOutside(id);
    const job = await api.settled(id, 5_000);
    expect(job).toMatchObject({
      status: 'ABENDED',
      rollback: { outcome: 'needed' },
      error: { code: 'Abended' },
    });
    expect((await api.journal(id)).some(({ message }) => message === 'never')).toBe(false);
  });

  describe('with the status event suppressed', () => {
    let rule = '';

    beforeAll(async () => {
      const { Rules } = await aws.events.send(new ListRulesCommand({}));
      rule =
        Rules?.find(({ Description }) => Description?.startsWith('Executions of Jobplane jobs'))?.Name ?? '';
      await aws.events.send(new DisableRuleCommand({ Name: rule }));
    });
    afterAll(async () => {
      await aws.events.send(new EnableRuleCommand({ Name: rule }));
    });

    test('makes the job ABENDED at the next liveness look', async () => {
      const id = await hangingJob();
      await stopOutside(id);
      expect((await api.job(id)).status).toBe('RUNNING');
      const job = await eventually(`job ${id} is found dead`, TWO_SWEEPS_MS, async () => {
        await sweepNow(stack);
        const found = await api.job(id);
        return found.status === 'ABENDED' ? found : null;
      });
      expect(job.rollback).toEqual({ outcome: 'needed' });
    });
  });
});
