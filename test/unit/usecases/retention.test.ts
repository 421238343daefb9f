import { describe, expect, it } from 'vitest';
import { DUE_SHARDS } from '../../../core/ports/job-store.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { rerunJob } from '../../../core/usecases/rerun-job.ts';
import { rollBackJob } from '../../../core/usecases/roll-back-job.ts';
import { submitJob } from '../../../core/usecases/submit-job.ts';
import { sweep } from '../../../core/usecases/sweep.ts';
import { specOf } from '../../support/job-run.ts';
import { dyingAfter, recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const OPS = [{ name: 'one', rollback: { action: 'build' } }];
const HOUR = 3_600_000;
const KEPT = { retention: 'PT1H' };
const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
const RERUN = { actor: 'ada', from: 'PRE', runNow: false } as const;

async function completed(conditions: object = KEPT, world = recordingDeps()): Promise<StoredJob> {
  const job = await StoredJob.submitted(OPS, world, conditions);
  await job.perform(0);
  await job.complete(0);
  await job.finish();
  return job;
}

const isGone = async ({ world, id }: StoredJob) => (await world.store.readJob(id)) === null;

describe('a settled job', () => {
  it('is removed with all that belongs to it by the sweep after its retention, and not before', async () => {
    const job = await completed();
    const { world, id } = job;
    world.surroundings.at += HOUR - 1;
    expect(await sweep(world.deps)).toMatchObject({ looked: 0 });
    expect(await isGone(job)).toBe(false);
    world.surroundings.at += 1;
    expect(await sweep(world.deps)).toMatchObject({ looked: 1, repaired: 0, granted: 0, failed: 0 });
    expect(await isGone(job)).toBe(true);
    expect(await world.store.readSpec(id)).toBeNull();
    expect(await world.store.readOps(id, 'all')).toEqual([]);
    expect(await world.store.readJournal(id, 0, 100)).toEqual([]);
    expect(await sweep(world.deps)).toMatchObject({ looked: 0 });
  });

  it('that ran again in between has the time of its new end', async () => {
    const job = await completed();
    const { deps, surroundings } = job.world;
    surroundings.at += HOUR - 1;
    expect(await rerunJob(deps, job.id, RERUN)).toMatchObject({ ok: true });
    surroundings.at += HOUR;
    await sweep(deps);
    expect(await isGone(job)).toBe(false);
    await job.perform(0, 'again');
    await job.complete(0);
    await job.finish();
    surroundings.at += HOUR - 1;
    await sweep(deps);
    expect(await isGone(job)).toBe(false);
    surroundings.at += 1;
    await sweep(deps);
    expect(await isGone(job)).toBe(true);
  });

  it('that was rolled back by hand in between is not removed while that goes on', async () => {
    const job = await completed();
    const { deps, surroundings } = job.world;
    surroundings.at += HOUR - 1;
    expect(await rollBackJob(deps, job.id, { actor: 'ada' })).toMatchObject({ ok: true });
    surroundings.at += 2 * HOUR;
    await sweep(deps);
    expect(await job.head()).toMatchObject({ attempt: 2 });
  });

  it('that was canceled after its failure leaves too', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }], recordingDeps(), KEPT);
    await job.fail(0, 'Broken');
    await job.recover();
    await job.finish('recovery');
    expect(await job.head()).toMatchObject({ status: 'FAILED' });
    await cancelJob(job.world.deps, job.id, CANCEL);
    expect(await job.head()).toMatchObject({ status: 'CANCELED_AFTER_FAILURE' });
    job.world.surroundings.at += HOUR;
    await sweep(job.world.deps);
    expect(await isGone(job)).toBe(true);
  });

  it('is not removed by a look that meets a rerun', async () => {
    const job = await completed();
    const { world } = job;
    world.surroundings.at += HOUR;
    const readJob = world.store.readJob.bind(world.store);
    let reads = 0;
    world.store.readJob = async (id) => {
      reads += 1;
      const head = await readJob(id);
      // Between the look's first read and its decision.
      if (reads === 1) {
        world.store.readJob = readJob;
        await rerunJob(world.deps, job.id, RERUN);
      }
      return head;
    };
    await lookAtJob(world.deps, job.id);
    expect(await job.head()).toMatchObject({ status: 'QUEUED', attempt: 2 });
  });

  it('stays until it has told those that wait for it', async () => {
    const world = recordingDeps();
    const job = await StoredJob.submitted(OPS, world, KEPT);
    const dependent = await StoredJob.submitted(OPS, world, {
      dependsOn: [{ job: job.id, otherwise: 'run' }],
    });
    await dyingAfter(1, world, () => cancelJob(world.deps, job.id, CANCEL));
    expect(await job.head()).toMatchObject({ owed: [{ kind: 'tell' }] });
    world.surroundings.at += 2 * HOUR;
    await sweep(world.deps);
    expect(await dependent.head()).toMatchObject({ waitReason: 'starting' });
    await sweep(world.deps);
    expect(await isGone(job)).toBe(true);
  });

  it('leaves the key that it was submitted with used', async () => {
    const world = recordingDeps();
    const submission = {
      spec: specOf(OPS, KEPT),
      submitter: { user: 'ada', groups: [] },
      idempotency: { key: 'k', bodyHash: 'h' },
    };
    const first = await submitJob(world.deps, submission);
    if (!first.ok) throw new Error(first.refusal.detail);
    await cancelJob(world.deps, first.job.id, CANCEL);
    world.surroundings.at += 2 * HOUR;
    await sweep(world.deps);
    expect(await world.store.readJob(first.job.id)).toBeNull();
    expect(await submitJob(world.deps, submission)).toMatchObject({
      ok: false,
      refusal: { code: 'JobNotFound', detail: expect.stringContaining('was deleted since') },
    });
  });

  it.each([1, 2])('leaves nothing behind where a process dies after %i commits', async (commits) => {
    const job = await completed();
    const { world } = job;
    world.surroundings.at += HOUR;
    await dyingAfter(commits, world, () => sweep(world.deps)).catch(() => {});
    world.surroundings.at += 2 * 60_000;
    await sweep(world.deps);
    expect(await isGone(job)).toBe(true);
  });

  it('waits for the next sweep where more leave than one removes', async () => {
    const world = recordingDeps();
    const asked: number[] = [];
    world.store.listDue = async (lane, _shard, { limit }) => {
      if (lane === 'retention') asked.push(limit);
      return [];
    };
    await sweep(world.deps);
    expect(asked).toEqual(Array.from({ length: DUE_SHARDS }, () => 250));
  });
});
