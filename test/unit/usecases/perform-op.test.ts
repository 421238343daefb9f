import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/contract/limits.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { performOp } from '../../../core/usecases/perform-op.ts';
import { failing, RUN_ID } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const FORWARD = [
  { name: 'one' },
  { name: 'two', input: { archive: { $from: 'ops.one.result.archive' }, retries: 3 } },
];

describe('the task Perform op', () => {
  it('hands the committed try to its action and marks it dispatched', async () => {
    const job = await StoredJob.submitted([{ name: 'one', input: { page: 3 } }]);
    await job.perform(0, 'the token');
    expect(job.world.actions.dispatched).toEqual([
      {
        action: 'build',
        call: {
          jobId: job.id,
          project: 'web',
          attempt: 1,
          op: { index: 0, name: 'one' },
          try: 1,
          nonce: 'nonce-1',
          opFence: 3,
          fences: {},
          input: { page: 3 },
        },
      },
    ]);
    expect(await job.op(0)).toMatchObject({ status: 'running', dispatched: true, token: 'the token' });
    expect(job.told('the token')).toEqual([]);
  });

  it('puts earlier results into the input', async () => {
    const job = await StoredJob.submitted(FORWARD);
    await job.perform(0);
    await job.complete(0, { kind: 'succeeded', result: { archive: 's3://a/b' } });
    await job.perform(1);
    expect(job.world.actions.dispatched.at(-1)?.call.input).toEqual({ archive: 's3://a/b', retries: 3 });
  });

  it('fails the op without calling anybody when a reference names nothing', async () => {
    const job = await StoredJob.submitted(FORWARD);
    await job.perform(0);
    await job.complete(0);
    await job.perform(1, 'two');
    expect(job.world.actions.dispatched).toHaveLength(1);
    expect(await job.op(1)).toMatchObject({ status: 'tried', error: { code: 'ReferenceMissing' } });
    expect(job.told('two')).toMatchObject([{ kind: 'failure', error: 'OpFailed' }]);
  });

  it('takes the result of an op that failed for none', async () => {
    const job = await StoredJob.submitted([{ ...FORWARD[0], onError: 'continue' }, { ...FORWARD[1] }]);
    await job.perform(0);
    await job.complete(0, failing('Broken'));
    await job.handle(0, 'OpFailed');
    await job.perform(1);
    expect(await job.op(1)).toMatchObject({ status: 'tried', error: { code: 'ReferenceMissing' } });
  });

  it('fails the op when its input grows too large by what it refers to', async () => {
    const job = await StoredJob.submitted([
      { name: 'one' },
      { name: 'two', input: [{ $from: 'ops.one.result' }, { $from: 'ops.one.result' }] },
    ]);
    await job.perform(0);
    await job.complete(0, { kind: 'succeeded', result: 'x'.repeat(LIMITS.inputBytes / 2) });
    await job.perform(1);
    expect(await job.op(1)).toMatchObject({ status: 'tried', error: { code: 'InputTooLarge' } });
    await job.handle(1, 'OpFailed');
    expect(await job.op(1)).toMatchObject({ status: 'error' });
  });

  it('calls nobody for an external worker, who learns of the op by its event', async () => {
    const job = await StoredJob.submitted([{ name: 'one', action: 'hand' }]);
    await job.perform(0);
    expect(job.world.actions.dispatched).toEqual([]);
    expect(await job.op(0)).toMatchObject({ status: 'running', dispatched: true });
  });

  it('settles at once what the action settles at once, its log line included', async () => {
    const job = await StoredJob.submitted([{ name: 'say', action: 'log', input: { message: 'hi' } }]);
    job.world.actions.goes = () => ({ kind: 'settled', outcome: { kind: 'succeeded' }, log: 'hi' });
    await job.perform(0, 'say');
    expect(await job.op(0)).toMatchObject({ status: 'success' });
    expect(job.told('say')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
    expect(job.world.store.journal(job.id).map(({ kind, message }) => [kind, message])).toContainEqual([
      'log',
      'hi',
    ]);
  });

  it('leaves the try to a retry of the service when the action cannot be reached', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    job.world.actions.goes = () => Promise.reject(new Error('connection reset'));
    await expect(job.perform(0, 'first')).rejects.toThrow('connection reset');
    expect(await job.op(0)).toMatchObject({ status: 'running', dispatched: false, try: 1 });
    job.world.actions.goes = () => ({ kind: 'accepted' });
    await job.perform(0, 'second');
    expect(await job.op(0)).toMatchObject({ dispatched: true, try: 1, token: 'second' });
    expect(job.world.actions.dispatched.map(({ call }) => [call.try, call.nonce])).toEqual([
      [1, 'nonce-1'],
      [1, 'nonce-1'],
    ]);
  });

  it('does not dispatch twice what is marked dispatched', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    await job.perform(0, 'first');
    await job.perform(0, 'second');
    expect(job.world.actions.dispatched).toHaveLength(1);
    await job.complete(0);
    expect(job.told('first')).toEqual([]);
    expect(job.told('second')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
  });

  it('answers the token that is open where a slow call took the place of the one that followed it', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    await job.perform(0, 'later');
    await job.perform(0, 'slow');
    job.world.executions.recorded.closed.add('slow');
    await job.perform(0, 'later');
    await job.complete(0);
    expect(job.told('later')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
  });

  it('answers the token of an op that is settled', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    await job.perform(0, 'first');
    await job.complete(0);
    await job.perform(0, 'again');
    expect(job.told('again')).toEqual([{ kind: 'success', output: { next: 'go on' } }]);
  });

  it('throws what the state machine catches by name', async () => {
    const { deps } = recordingDeps();
    const command = { attempt: 1, group: 'RUN', number: 1, op: 0, token: 't' } as const;
    await expect(performOp(deps, RUN_ID, command)).rejects.toMatchObject({ name: 'Stale' });
    const job = await StoredJob.submitted([{ name: 'one' }, { name: 'two' }]);
    const stale = performOp(job.world.deps, job.id, { ...command, number: 2 });
    await expect(stale).rejects.toMatchObject({ name: 'Stale' });
    await job.perform(0);
    await job.complete(0);
    await cancelJob(job.world.deps, job.id, CANCEL);
    await expect(job.perform(1)).rejects.toMatchObject({ name: 'Canceled' });
  });

  it('is stale when the job was canceled while the action answered', async () => {
    const job = await StoredJob.submitted([{ name: 'say', action: 'log', input: { message: 'hi' } }]);
    job.world.actions.goes = async () => {
      await cancelJob(job.world.deps, job.id, CANCEL);
      return { kind: 'settled', outcome: { kind: 'succeeded' } };
    };
    await expect(job.perform(0)).rejects.toMatchObject({ name: 'Stale' });
    await expect(job.handle(0, 'Stale')).rejects.toMatchObject({ name: 'Canceled' });
  });
});
