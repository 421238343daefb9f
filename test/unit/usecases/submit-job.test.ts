import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/contract/limits.ts';
import { TASK_CONTRACT } from '../../../core/contract/tasks.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { deleteJob } from '../../../core/usecases/delete-job.ts';
import { setQueue } from '../../../core/usecases/set-queue.ts';
import { setResource } from '../../../core/usecases/set-resource.ts';
import { checkSpec, type Submitted, submitJob } from '../../../core/usecases/submit-job.ts';
import { CATALOG, runId, specOf } from '../../support/job-run.ts';
import { type RecordingDeps, recordingDeps } from './recording-deps.ts';

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
        contract: TASK_CONTRACT,
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

  it.each([
    [undefined, 'P90D'],
    ['P1D', 'P1D'],
  ])('that asks to stay readable for %s stays so for %s', async (retention, expected) => {
    const { deps, store } = recordingDeps();
    const spec = { ...SPEC, retention };
    const submitter = { user: 'ada', groups: [] };
    const submitted = await submitJob({ ...deps, retention: 'P90D' }, { spec, submitter });
    if (!submitted.ok) throw new Error(submitted.refusal.detail);
    expect((await store.readSpec(submitted.job.id))?.retention).toBe(expected);
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

describe('what a job asks for', () => {
  /** Submits, and gives the problems or the status. */
  async function asked(world: RecordingDeps, job: object): Promise<readonly string[]> {
    const submitted = await submitJob(world.deps, {
      spec: specOf([{ name: 'one' }], job),
      submitter: SUBMITTER,
    });
    if (submitted.ok) return [submitted.job.status];
    const { code, errors = [] } = submitted.refusal;
    return [code, ...errors.map((error) => `${error.path} ${error.code}`)];
  }
  const named = { project: 'web', name: 'slow' };
  const open = { paused: false, draining: false };

  it('is a queue that the project has', async () => {
    const world = recordingDeps();
    expect(await asked(world, { queue: 'slow' })).toEqual(['UnknownQueue', 'queue UnknownQueue']);
    expect(world.store.heads()).toEqual([]);
    await setQueue(world.deps, named, open);
    expect(await asked(world, { queue: 'slow' })).toEqual(['QUEUED']);
    expect(await asked(world, { queue: 'default' })).toEqual(['QUEUED']);
    expect(await asked(world, { queue: 'slow', project: 'media' })).toEqual([
      'UnknownQueue',
      'queue UnknownQueue',
    ]);
  });

  it('is a queue that accepts jobs, and a replay is answered all the same', async () => {
    const world = recordingDeps();
    const submission = { spec: SPEC, submitter: SUBMITTER, idempotency: KEY };
    const first = await submitJob(world.deps, submission);
    await setQueue(world.deps, { project: 'web', name: 'default' }, { ...open, draining: true });
    expect(await asked(world, {})).toEqual(['QueueDraining']);
    const again = await submitJob(world.deps, submission);
    expect(again).toMatchObject({ ok: true, replayed: true, job: { id: first.ok ? first.job.id : '' } });
    await setQueue(world.deps, { project: 'web', name: 'default' }, open);
    expect(await asked(world, {})).toEqual(['QUEUED']);
  });

  it('is units that the resource can have', async () => {
    const world = recordingDeps();
    const transcoder = (units: number, scope = 'project') => ({
      resources: [{ name: 'transcoder', units, scope }],
    });
    expect(await asked(world, transcoder(1))).toEqual([
      'UnknownResource',
      'resources.0.name UnknownResource',
    ]);
    await setResource(world.deps, { scope: 'web', name: 'transcoder' }, { capacity: 2, paused: false });
    expect(await asked(world, transcoder(3))).toEqual([
      'UnitsAboveCapacity',
      'resources.0.units UnitsAboveCapacity',
    ]);
    expect(await asked(world, transcoder(2))).toEqual(['QUEUED']);
    expect(await asked(world, transcoder(2, 'global'))).toEqual([
      'UnknownResource',
      'resources.0.name UnknownResource',
    ]);
    await setResource(world.deps, { scope: '*', name: 'transcoder' }, { capacity: 2, paused: false });
    expect(await asked(world, transcoder(2, 'global'))).toEqual(['QUEUED']);
  });

  it('is a job of the same project, by an id that tells nothing of others', async () => {
    const world = recordingDeps();
    const spec = specOf([{ name: 'one' }], { project: 'media' });
    const foreign = await submitJob(world.deps, { spec, submitter: SUBMITTER });
    const own = await submitJob(world.deps, { spec: SPEC, submitter: SUBMITTER });
    const unknown = ['UnknownDependency', 'dependsOn.0.job UnknownDependency'];
    const idOf = (submitted: Submitted) => (submitted.ok ? submitted.job.id : '');
    expect(await asked(world, { dependsOn: [{ job: runId(999) }] })).toEqual(unknown);
    expect(await asked(world, { dependsOn: [{ job: idOf(foreign) }] })).toEqual(unknown);
    expect(await asked(world, { dependsOn: [{ job: idOf(own) }] })).toEqual(['WAITING_DEPENDENCY']);
  });
});

describe('a submission whose answer was lost', () => {
  it('answers the job that it stored, and does what it left to be done', async () => {
    const { deps, store, executions } = recordingDeps();
    const commit = store.commit.bind(store);
    let lost = 0;
    store.commit = async (change) => {
      const committed = await commit(change);
      if (change.before !== null || lost > 0) return committed;
      lost += 1;
      return { ok: false, conflict: { kind: 'contention' } };
    };
    for (const submission of [
      { spec: SPEC, submitter: SUBMITTER },
      { spec: SPEC, submitter: SUBMITTER, idempotency: KEY },
    ]) {
      lost = 0;
      const submitted = await submitJob(deps, submission);
      expect(submitted).toMatchObject({ ok: true, replayed: false, job: { waitReason: 'starting' } });
    }
    expect(store.heads()).toHaveLength(2);
    expect(executions.recorded.started).toHaveLength(2);
  });
});

describe('the check of a specification', () => {
  const problems = (ops: readonly object[], job: object = {}) => {
    const refused = checkSpec({ catalog: CATALOG }, specOf(ops, job));
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

  it('takes 20 locks and resources together and not one more', () => {
    const needs = (locks: number, resources: number) => ({
      locks: Array.from({ length: locks }, (_, index) => ({ name: `l${index}` })),
      resources: Array.from({ length: resources }, (_, index) => ({ name: `r${index}` })),
    });
    expect(problems([{ name: 'a' }], needs(11, 9))).toEqual([]);
    expect(problems([{ name: 'a' }], needs(11, 10))).toEqual(['locks TooManyLocks']);
    expect(problems([{ name: 'a' }], needs(21, 0))).toEqual(['locks TooManyLocks']);
  });

  it('wants each lock and each resource once in its scope, whatever its mode', () => {
    const global = { name: 'a', scope: 'global' };
    const locks = [{ name: 'a' }, global, { name: 'b' }, { name: 'a', mode: 'shared' }, global];
    expect(problems([{ name: 'one' }], { locks })).toEqual([
      'locks.3 DuplicateLock',
      'locks.4 DuplicateLock',
    ]);
    const resources = [{ name: 'a' }, global, { name: 'a', units: 2 }];
    expect(problems([{ name: 'one' }], { resources })).toEqual(['resources.2 DuplicateResource']);
    // A lock and a resource of one name are two things.
    expect(problems([{ name: 'one' }], { locks: [{ name: 'a' }], resources: [{ name: 'a' }] })).toEqual([]);
  });

  it('wants each dependency once', () => {
    const dependsOn = [{ job: runId(7) }, { job: runId(8) }, { job: runId(7), otherwise: 'run' }];
    expect(problems([{ name: 'one' }], { dependsOn })).toEqual(['dependsOn.2.job DuplicateDependency']);
  });

  it('says everything at once', () => {
    expect(problems([{ name: 'a', step: 'POST', action: 'nowhere' }, { name: 'a' }])).toEqual([
      'ops.1.step OpsOutOfOrder',
      'ops.1.name DuplicateOpName',
      'ops.0.action UnknownAction',
    ]);
  });
});
