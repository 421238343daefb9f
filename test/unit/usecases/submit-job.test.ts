import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/contract/limits.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { deleteJob } from '../../../core/usecases/delete-job.ts';
import { checkSpec, submitJob } from '../../../core/usecases/submit-job.ts';
import { CATALOG, specOf } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';

const SUBMITTER = { user: 'ada', groups: ['web:operator'] };
const SPEC = specOf([{ name: 'one' }, { name: 'two', timeout: 'PT1M' }, { name: 'report', step: 'POST' }]);
const KEY = { key: 'k', bodyHash: 'h' };
const DAY_MS = 86_400_000;

describe('a submission', () => {
  it('is stored and started', async () => {
    const { deps, executions, store } = recordingDeps();
    const submitted = await submitJob(deps, { spec: SPEC, submitter: SUBMITTER });
    expect(submitted).toMatchObject({ ok: true, replayed: false, job: { status: 'QUEUED', owner: 'ada' } });
    const [job] = store.heads();
    expect(executions.recorded.started).toEqual([
      {
        contract: 1,
        jobId: job?.id,
        attempt: 1,
        group: 'RUN',
        number: 1,
        ops: [
          { op: 0, timeout: 1_201, heartbeat: 1_200 },
          { op: 1, timeout: 61, heartbeat: 60 },
          { op: 2, timeout: 1_201, heartbeat: 1_200 },
        ],
      },
    ]);
  });

  it('is stored and its start stays owed when Step Functions cannot be reached', async () => {
    const { deps, executions, store, owed } = recordingDeps();
    executions.outage = new Error('throttled');
    expect(await submitJob(deps, { spec: SPEC, submitter: SUBMITTER })).toMatchObject({ ok: true });
    expect(store.heads()).toMatchObject([{ owed: [{ kind: 'start' }] }]);
    expect(owed).toEqual(['start']);
  });

  it('stores nothing when its specification is refused', async () => {
    const { deps, executions, store } = recordingDeps();
    const spec = specOf([{ name: 'one', action: 'nowhere' }]);
    expect(await submitJob(deps, { spec, submitter: SUBMITTER })).toMatchObject({
      ok: false,
      refusal: { code: 'UnknownAction' },
    });
    expect([store.heads(), executions.recorded.started]).toEqual([[], []]);
  });
});

describe('an Idempotency-Key', () => {
  const submission = { spec: SPEC, submitter: SUBMITTER, idempotency: KEY };

  it('makes one job, however often it comes', async () => {
    const { deps, store, executions } = recordingDeps();
    const first = await submitJob(deps, submission);
    const second = await submitJob(deps, submission);
    expect(second).toEqual({ ok: true, replayed: true, job: store.heads()[0] });
    expect(first).toMatchObject({ ok: true, replayed: false });
    expect(store.heads()).toHaveLength(1);
    expect(executions.recorded.started).toHaveLength(1);
  });

  it('is refused with another body', async () => {
    const { deps } = recordingDeps();
    await submitJob(deps, submission);
    expect(
      await submitJob(deps, { ...submission, idempotency: { ...KEY, bodyHash: 'other' } }),
    ).toMatchObject({
      ok: false,
      refusal: { code: 'IdempotencyKeyReused' },
    });
  });

  it('is another owner’s own affair', async () => {
    const { deps, store } = recordingDeps();
    await submitJob(deps, submission);
    await submitJob(deps, { ...submission, submitter: { user: 'bob', groups: [] } });
    expect(store.heads()).toHaveLength(2);
  });

  it('is remembered for a day', async () => {
    const { deps, store, surroundings } = recordingDeps();
    await submitJob(deps, submission);
    surroundings.at += DAY_MS - 1;
    expect(await submitJob(deps, submission)).toMatchObject({ replayed: true });
    surroundings.at += 1;
    expect(await submitJob(deps, submission)).toMatchObject({ replayed: false });
    expect(store.heads()).toHaveLength(2);
  });

  it('does not bring back a job that was deleted, nor one that is being deleted', async () => {
    const { deps, store, executions } = recordingDeps();
    const first = await submitJob(deps, submission);
    if (!first.ok) throw new Error(first.refusal.detail);
    const { id } = first.job;
    await cancelJob(deps, id, { actor: 'ada', onlyIfQueued: false, force: false, rollback: true });
    const removeJob = store.removeJob.bind(store);
    store.removeJob = async () => {
      throw new Error('throttled');
    };
    await deleteJob(deps, id, 'ada');
    expect(await store.readJob(id)).not.toBeNull();
    expect(await submitJob(deps, submission)).toMatchObject({ ok: false, refusal: { code: 'JobNotFound' } });
    const job = await store.readJob(id);
    if (job !== null) await removeJob(job);
    expect(await submitJob(deps, submission)).toMatchObject({ ok: false, refusal: { code: 'JobNotFound' } });
    expect(executions.recorded.started).toHaveLength(1);
  });
});

describe('the check of a specification', () => {
  const problems = (ops: readonly object[]) => {
    const refused = checkSpec({ catalog: CATALOG }, specOf(ops));
    return (refused?.refusal.errors ?? []).map(({ path, code }) => `${path} ${code}`);
  };
  const filled = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) });

  it('finds nothing wrong with a good one', () => {
    expect(checkSpec({ catalog: CATALOG }, SPEC)).toBeNull();
  });

  it('wants ops in the order PRE, RUN, POST', () => {
    expect(problems([{ name: 'a' }, { name: 'b', step: 'PRE' }])).toEqual(['ops.1.step OpsOutOfOrder']);
    expect(problems([{ name: 'a', step: 'POST' }, { name: 'b' }])).toEqual(['ops.1.step OpsOutOfOrder']);
  });

  it('wants names that tell ops apart', () => {
    expect(problems([{ name: 'a' }, { name: 'b' }, { name: 'a' }])).toEqual(['ops.2.name DuplicateOpName']);
  });

  it('takes inputs of 64 KB and not a byte more, in rollbacks too', () => {
    const input = filled(LIMITS.inputBytes);
    const over = filled(LIMITS.inputBytes + 1);
    expect(problems([{ name: 'a', input, rollback: { action: 'build', input } }])).toEqual([]);
    expect(problems([{ name: 'a', input: over, rollback: { action: 'build', input: over } }])).toEqual([
      'ops.0.input InputTooLarge',
      'ops.0.rollback.input InputTooLarge',
    ]);
  });

  it('takes specifications of 256 KB with their defaults', () => {
    const ops = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `op-${index}`, input: filled(60_000) }));
    expect(problems(ops(4))).toEqual([]);
    expect(problems(ops(5))).toEqual([' SpecTooLarge']);
  });

  it('checks references in inputs and in rollbacks, which may name their own op', () => {
    const own = { $from: 'ops.a.result' };
    expect(problems([{ name: 'a', rollback: { action: 'build', input: own } }])).toEqual([]);
    expect(problems([{ name: 'a', input: own }])).toEqual(['ops.0.input ForwardReference']);
    const unknown = { $from: 'ops.b.result' };
    expect(problems([{ name: 'a', input: unknown, rollback: { action: 'build', input: unknown } }])).toEqual([
      'ops.0.input UnknownReference',
      'ops.0.rollback.input UnknownReference',
    ]);
  });

  it('says everything at once', () => {
    expect(problems([{ name: 'a', step: 'POST', action: 'nowhere' }, { name: 'a' }])).toEqual([
      'ops.1.step OpsOutOfOrder',
      'ops.1.name DuplicateOpName',
      'ops.0.action UnknownAction',
    ]);
  });
});
