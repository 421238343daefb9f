import { describe, expect, it } from 'vitest';
import type { ActionKind } from '../../../core/contract/action-catalog.ts';
import type { ServiceAnswer } from '../../../core/contract/service-answer.ts';
import type { TargetState } from '../../../core/ports/targets.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { lookAtTarget } from '../../../core/usecases/look-at-target.ts';
import { takeServiceAnswer } from '../../../core/usecases/take-service-answer.ts';
import { CATALOG } from '../../support/job-run.ts';
import { recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

const MINUTE = 60_000;
const MACHINE = { kind: 'stateMachine', machine: 'arn:render' } as const;

/** A job whose op another service is at work on. */
async function atWork(op: object = {}) {
  const catalog = new Map<string, { readonly kind: ActionKind }>([
    ...CATALOG,
    ['render', { kind: 'stateMachine' }],
  ]);
  const world = recordingDeps();
  const deps = { ...world.deps, catalog };
  const job = await StoredJob.submitted([{ name: 'render', action: 'render', ...op }, { name: 'two' }], {
    ...world,
    catalog,
    deps,
  });
  await job.perform(0, 'the token');
  return { job, deps, running: { jobId: job.id, attempt: 1, op: 0, try: 1 } };
}

const interrupted = ({ job }: Awaited<ReturnType<typeof atWork>>) => job.world.actions.interrupted;

describe('the work of an op at another service', () => {
  it('is stopped when the job is cancelled', async () => {
    const work = await atWork();
    await cancelJob(work.deps, work.job.id, CANCEL);
    expect(interrupted(work)).toEqual([{ action: 'render', running: work.running }]);
  });

  it('is stopped when the job is ended by force', async () => {
    const work = await atWork();
    await cancelJob(work.deps, work.job.id, { ...CANCEL, force: true });
    expect(interrupted(work)).toEqual([{ action: 'render', running: work.running }]);
    expect(await work.job.head()).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', owed: [] });
  });

  it('is stopped when the job’s execution has died', async () => {
    const work = await atWork();
    work.job.lose();
    work.deps.surroundings.now = () => work.job.world.surroundings.at + 6 * MINUTE;
    expect(await lookAtJob(work.deps, work.job.id)).toMatchObject({ abended: true });
    expect(interrupted(work)).toEqual([{ action: 'render', running: work.running }]);
  });

  it.each(['States.Timeout', 'States.HeartbeatTimeout', 'Lambda.ServiceException'])(
    'is stopped when nobody reported about its try: %s',
    async (name) => {
      const work = await atWork({ retry: { maxAttempts: 2 } });
      await work.job.handle(0, name);
      expect(interrupted(work)).toEqual([{ action: 'render', running: work.running }]);
    },
  );

  it('has ended by itself where its failure was reported', async () => {
    const work = await atWork();
    await work.job.complete(0, { kind: 'failed', error: { code: 'Broken', message: '' } });
    await work.job.handle(0, 'OpFailed');
    expect(interrupted(work)).toEqual([]);
  });

  it('is asked after by a look at its job', async () => {
    const { job, deps, running } = await atWork();
    job.world.surroundings.at += 6 * MINUTE;
    expect(await lookAtJob(deps, job.id)).toMatchObject({ looked: true, abended: false });
    expect(job.world.actions.looked).toEqual([{ action: 'render', running }]);
  });

  it('of any other kind is not asked after', async () => {
    const job = await StoredJob.submitted([{ name: 'one' }]);
    await job.perform(0);
    job.world.surroundings.at += 6 * MINUTE;
    await lookAtJob(job.world.deps, job.id);
    expect(job.world.actions.looked).toEqual([]);
  });
});

describe('a look at a target', () => {
  const targetsThat = (state: TargetState) => ({ describe: async () => state });

  it.each<[TargetState, object]>([
    [
      { kind: 'ended', outcome: { kind: 'succeeded', result: 7 } },
      { status: 'success', result: 7 },
    ],
    [
      { kind: 'ended', outcome: { kind: 'failed', error: { code: 'Broken', message: 'x' } } },
      { status: 'tried', error: { code: 'Broken' } },
    ],
    [{ kind: 'missing' }, { status: 'tried', error: { code: 'Lost' } }],
  ])('completes the try of work that is %j', async (state, expected) => {
    const { job, deps, running } = await atWork();
    job.world.surroundings.at += 2 * MINUTE;
    expect(await lookAtTarget(deps, targetsThat(state), running)).toBe(true);
    expect(await job.op(0)).toMatchObject(expected);
    expect(job.told('the token')).toHaveLength(1);
    expect(await lookAtTarget(deps, targetsThat(state), running)).toBe(false);
  });

  it('leaves work alone that goes on, or is too young to be listed', async () => {
    const { job, deps, running } = await atWork();
    expect(await lookAtTarget(deps, targetsThat({ kind: 'missing' }), running)).toBe(false);
    job.world.surroundings.at += 2 * MINUTE;
    expect(await lookAtTarget(deps, targetsThat({ kind: 'running' }), running)).toBe(false);
    expect(await lookAtTarget(deps, targetsThat({ kind: 'missing' }), { ...running, try: 2 })).toBe(false);
    expect(await job.op(0)).toMatchObject({ status: 'running' });
  });
});

describe('the answer of a service', () => {
  const answer = (job: StoredJob, completion: object = {}): ServiceAnswer => ({
    jobId: job.id,
    from: MACHINE,
    completion: {
      attempt: 1,
      op: 0,
      try: 1,
      outcome: { kind: 'succeeded', result: 7 },
      actor: 'action:arn',
      ...completion,
    },
  });

  it('completes the try, once', async () => {
    const { job, deps } = await atWork();
    expect(await takeServiceAnswer(deps, answer(job), () => true)).toEqual({ ok: true });
    expect(await job.op(0)).toMatchObject({ status: 'success', result: 7 });
    expect(await takeServiceAnswer(deps, answer(job), () => true)).toMatchObject({
      refusal: { code: 'CompletionRepeated' },
    });
  });

  it('from a target that is not the op’s counts for nothing', async () => {
    const { job, deps } = await atWork();
    const isTarget = (_from: unknown, action: string) => action === 'another';
    expect(await takeServiceAnswer(deps, answer(job), isTarget)).toMatchObject({
      refusal: { code: 'OpNotStarted' },
    });
    expect(await job.op(0)).toMatchObject({ status: 'running' });
  });

  it.each([
    [{ nonce: 'another' }, 'NonceMismatch'],
    [{ try: 2 }, 'OpNotStarted'],
    [{ op: 1 }, 'OpNotStarted'],
  ])('with %j is refused', async (completion, code) => {
    const { job, deps } = await atWork();
    expect(await takeServiceAnswer(deps, answer(job, completion), () => true)).toMatchObject({
      refusal: { code },
    });
  });
});

const CANCEL = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
