import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/contract/limits.ts';
import { completeTry, resultTooLarge } from '../../../core/usecases/complete-try.ts';
import { failing, RUN_ID } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

async function running() {
  const job = await StoredJob.submitted([{ name: 'one', retry: { maxAttempts: 2 } }]);
  await job.perform(0, 'the token');
  return job;
}

describe('a completion', () => {
  it('is stored first, then answered to the token of the try, without the result', async () => {
    const job = await running();
    expect(await job.complete(0, { kind: 'succeeded', result: { pages: 3 } })).toEqual({ ok: true });
    expect(await job.op(0)).toMatchObject({ status: 'success', result: { pages: 3 } });
    expect(job.told('the token')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
  });

  it('of a failure is told as such, for Handle op failure to decide', async () => {
    const job = await running();
    await job.complete(0, failing('Broken'));
    expect(job.told('the token')).toEqual([{ kind: 'failure', error: 'OpFailed', cause: 'Broken' }]);
  });

  it('is stored, and its answer stays owed, when Step Functions cannot be reached', async () => {
    const job = await running();
    job.world.executions.outage = new Error('throttled');
    expect(await job.complete(0)).toEqual({ ok: true });
    expect(await job.head()).toMatchObject({ owed: [{ kind: 'answer', op: 0 }] });
    expect(job.world.owed).toEqual(['answer']);
  });

  it('that comes again answers the token if that is still owed', async () => {
    const job = await running();
    job.world.executions.outage = new Error('throttled');
    await job.complete(0);
    job.world.executions.outage = null;
    expect(await job.complete(0)).toMatchObject({ ok: false, refusal: { code: 'CompletionRepeated' } });
    expect(job.told('the token')).toHaveLength(1);
  });

  it('that comes too late answers no token', async () => {
    const job = await running();
    await job.handle(0, 'States.Timeout');
    const told = job.world.executions.recorded.answered.length;
    expect(await job.complete(0)).toMatchObject({ ok: false, refusal: { code: 'CompletionLate' } });
    expect(job.world.executions.recorded.answered).toHaveLength(told);
  });

  it('of a job that there is not is refused', async () => {
    const { deps } = recordingDeps();
    const completion = { attempt: 1, op: 0, try: 1, outcome: { kind: 'succeeded' }, actor: 'w' } as const;
    expect(await completeTry(deps, RUN_ID, completion)).toMatchObject({
      ok: false,
      refusal: { code: 'JobNotFound' },
    });
  });
});

describe('a result', () => {
  it('has 64 KB at most', () => {
    const fits = 'x'.repeat(LIMITS.resultBytes - 2);
    expect([undefined, fits].map(resultTooLarge)).toEqual([null, null]);
    expect(resultTooLarge(`${fits}x`)).toMatchObject({ refusal: { code: 'ResultTooLarge' } });
  });
});
