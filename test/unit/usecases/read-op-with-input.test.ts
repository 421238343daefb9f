import { describe, expect, it } from 'vitest';
import type { RunningOp } from '../../../core/op/op.ts';
import { rerunJob } from '../../../core/usecases/rerun-job.ts';
import { rollBackJob } from '../../../core/usecases/roll-back-job.ts';
import { failing } from '../../support/job-run.ts';
import { StoredJob } from './stored-job.ts';

const ARCHIVE = { $from: 'ops.build.result.archive' };
const OPS = [
  { name: 'build', step: 'PRE' },
  {
    name: 'publish',
    input: { archive: ARCHIVE },
    rollback: {
      action: 'build',
      input: { from: { $from: 'ops.publish.result.previous' }, archive: ARCHIVE },
    },
  },
  { name: 'check' },
  { name: 'report', step: 'POST', input: { archive: ARCHIVE } },
];
const FROM_FAILED = { actor: 'ada', from: 'failedOp', runNow: false } as const;
const FROM_PRE = { ...FROM_FAILED, from: 'PRE' } as const;

const built = (archive: string) => ({ kind: 'succeeded', result: { archive } }) as const;
const published = (previous: string) => ({ kind: 'succeeded', result: { previous } }) as const;

/** Performs an op and answers what its action was called with. */
async function called(job: StoredJob, op: number) {
  await job.perform(op);
  return job.world.actions.dispatched.at(-1)?.call;
}

/** The job's attempt up to its `check`, which is to fail or to succeed. */
async function upToCheck(job: StoredJob, archive: string, previous: string): Promise<void> {
  await job.perform(0);
  await job.complete(0, built(archive));
  await job.finish();
  await job.perform(1);
  await job.complete(1, published(previous));
}

async function failedAtCheck(rollback: object = { onFailure: false }): Promise<StoredJob> {
  const job = await StoredJob.submitted(OPS, undefined, { rollback });
  await upToCheck(job, 'a1', 'v0');
  await job.fail(2, 'Broken');
  await job.recover();
  await job.succeed(3);
  await job.finish('recovery');
  expect(await job.head()).toMatchObject({ status: 'FAILED' });
  return job;
}

describe('the input of an op', () => {
  it('has results of ops that an earlier attempt did, and this one does not do again', async () => {
    const job = await failedAtCheck();
    await rerunJob(job.world.deps, job.id, FROM_FAILED);
    await job.succeed(2);
    expect(await called(job, 3)).toMatchObject({ attempt: 2, input: { archive: 'a1' } });
  });

  it('has results of the attempt itself where that ran the op again', async () => {
    const job = await failedAtCheck();
    await rerunJob(job.world.deps, job.id, FROM_PRE);
    await job.perform(0);
    await job.complete(0, built('a2'));
    await job.finish();
    expect(await called(job, 1)).toMatchObject({ attempt: 2, input: { archive: 'a2' } });
  });

  it('has results of the latest of all attempts that did the op', async () => {
    const job = await failedAtCheck();
    await rerunJob(job.world.deps, job.id, FROM_PRE);
    await upToCheck(job, 'a2', 'v1');
    await job.fail(2, 'Broken');
    await job.recover();
    await job.succeed(3);
    await job.finish('recovery');
    await rerunJob(job.world.deps, job.id, FROM_FAILED);
    await job.succeed(2);
    expect(await called(job, 3)).toMatchObject({ attempt: 3, input: { archive: 'a2' } });
  });

  it('has nothing of an op that the attempt ran and that was allowed to fail, though it went well before', async () => {
    const job = await StoredJob.submitted([
      { name: 'build', onError: 'continue' },
      { name: 'publish', input: { archive: ARCHIVE } },
    ]);
    await job.perform(0);
    await job.complete(0, built('a1'));
    await job.fail(1, 'Broken');
    await job.recover();
    await job.finish('recovery');
    await rerunJob(job.world.deps, job.id, FROM_PRE);
    await job.fail(0, 'Broken');
    await job.perform(1);
    expect(await job.op(1)).toMatchObject({ status: 'tried', error: { code: 'ReferenceMissing' } });
  });

  it('has nothing of an op that the attempt is to run again, though it went well before', async () => {
    const job = await failedAtCheck();
    await rerunJob(job.world.deps, job.id, FROM_PRE);
    await job.fail(0, 'Broken');
    await job.recover();
    await job.perform(3);
    expect(await job.op(3)).toMatchObject({ status: 'tried', error: { code: 'ReferenceMissing' } });
  });

  it('of a rollback has the results of the attempt that it undoes, though later ones have others', async () => {
    const job = await failedAtCheck();
    await rerunJob(job.world.deps, job.id, FROM_PRE);
    await upToCheck(job, 'a2', 'v1');
    await job.succeed(2, 3);
    await job.finish();
    await rollBackJob(job.world.deps, job.id, { actor: 'ada' });
    const total = OPS.length;
    // What the second attempt did is undone first.
    expect(await called(job, 2 * total + 1)).toMatchObject({
      attempt: 3,
      input: { from: 'v1', archive: 'a2' },
    });
    await job.complete(2 * total + 1);
    expect(await called(job, 3 * total + 1)).toMatchObject({
      attempt: 3,
      input: { from: 'v0', archive: 'a1' },
    });
  });

  it('of a rollback in its own attempt has results of what an earlier one did', async () => {
    const job = await StoredJob.submitted(
      [
        { name: 'build' },
        { name: 'publish', rollback: { action: 'build', input: { archive: ARCHIVE } } },
        { name: 'check' },
      ],
      undefined,
    );
    await job.perform(0);
    await job.complete(0, built('a1'));
    await job.fail(1, 'Broken');
    await job.recover();
    await job.finish('recovery');
    await rerunJob(job.world.deps, job.id, FROM_FAILED);
    await job.succeed(1);
    await job.fail(2, 'Broken');
    await job.recover();
    expect(await called(job, 4)).toMatchObject({
      attempt: 2,
      op: { name: 'publish/rollback' },
      input: { archive: 'a1' },
    });
  });

  it('takes one read where nothing of earlier attempts is named', async () => {
    const job = await StoredJob.submitted(OPS);
    await job.perform(0);
    await job.complete(0, built('a1'));
    await job.finish();
    const reads: unknown[] = [];
    const read = job.world.store.readSomeOps.bind(job.world.store);
    job.world.store.readSomeOps = async (id, attempt, indexes) => {
      reads.push([attempt, [...indexes]]);
      return read(id, attempt, indexes);
    };
    await job.perform(1);
    expect(reads).toEqual([[1, [1, 0]]]);
  });

  it('is the same for the op’s next try', async () => {
    const job = await StoredJob.submitted([
      { name: 'build' },
      { name: 'publish', input: { archive: ARCHIVE }, retry: { maxAttempts: 2 } },
    ]);
    await job.perform(0);
    await job.complete(0, built('a1'));
    const first = await called(job, 1);
    await job.complete(1, failing('Flaky'));
    await job.handle(1, 'OpFailed');
    job.world.surroundings.at += 5_000;
    const second = await called(job, 1);
    expect(second?.input).toEqual(first?.input);
    expect([first?.try, second?.try]).toEqual([1, 2]);
    const running: Partial<RunningOp> = { status: 'running', try: 2 };
    expect(await job.op(1)).toMatchObject(running);
  });
});
