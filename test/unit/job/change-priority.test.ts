import { describe, expect, it } from 'vitest';
import { changePriority, type PriorityCommand } from '../../../core/job/change-priority.ts';
import { opPriority } from '../../../core/op/op-priority.ts';
import { failing, JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { JOB_STATUSES, sampleJob, sampleOp, sampleSpec } from '../views/sample-job.ts';

const OPS = [{ name: 'one' }, { name: 'two' }];
const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const HALF_AN_HOUR_MS = 30 * 60 * 1000;

function prioritise(run: JobRun, command: Partial<PriorityCommand>) {
  return run.command((job, facts) =>
    changePriority(job, run.opsOfAttempt, { actor: 'bob', priority: -5, ...command }, facts),
  );
}

function priorities(run: JobRun): readonly number[] {
  return run.spec.ops.map((_op, index) => opPriority(run.job, run.spec, index));
}

describe('the priority of a job', () => {
  it('that waits is changed, and that of all its ops, in Ganeti’s words', () => {
    const run = new JobRun(OPS, { hold: true });
    const message = `Priorities of pending opcodes for job ${run.id} have been changed to -5`;
    expect(prioritise(run, {})).toMatchObject({ ok: true, answer: { message } });
    expect(run.job).toMatchObject({ priority: -5 });
    expect(run.job).not.toHaveProperty('opPriorities');
    expect(priorities(run)).toEqual([-5, -5]);
    expect(run.entries.at(-1)).toMatchObject({ kind: 'wait', actor: 'bob', message: `${message} by bob` });
  });

  it('that waits overrules the priorities its ops had of their own', () => {
    const run = new JobRun([{ name: 'one', priority: 7 }, { name: 'two' }], { hold: true });
    prioritise(run, {});
    expect(priorities(run)).toEqual([-5, -5]);
  });

  it('that runs stays, and what has not begun has the new one', () => {
    const run = new JobRun(OPS);
    run.perform(0);
    prioritise(run, {});
    expect(run.job).toMatchObject({ priority: 0, opPriorities: { 1: -5 } });
    expect(priorities(run)).toEqual([0, -5]);
  });

  it('given to one op leaves the others and the job', () => {
    const run = new JobRun(OPS, { hold: true });
    const message = `Priorities of opcode 1 for job ${run.id} have been changed to -5`;
    expect(prioritise(run, { op: 1 })).toMatchObject({ answer: { message } });
    expect(run.job.priority).toBe(0);
    expect(priorities(run)).toEqual([0, -5]);
    prioritise(run, { priority: 3 });
    expect(priorities(run)).toEqual([3, 3]);
  });
});

describe('the priorities of a job', () => {
  it('that is paused can be changed of the op that it was paused before: that has not begun', () => {
    const run = new JobRun(OPS);
    run.perform(0);
    run.pause();
    run.complete(0);
    run.perform(1);
    run.handle(1, 'NotNow');
    expect(run.job.status).toBe('PAUSED');
    expect(prioritise(run, { op: 1 })).toMatchObject({ ok: true });
    expect(priorities(run)).toEqual([0, -5]);
  });

  it('that runs again are those of the ops that it runs again', () => {
    const run = new JobRun([...OPS, { name: 'three' }]);
    run.play({ two: failing('Broken') });
    run.rerun('failedOp');
    run.perform(1);
    prioritise(run, {});
    expect(run.job).toMatchObject({ opPriorities: { 2: -5 } });
    for (const op of [0, 1]) {
      expect(prioritise(run, { op })).toMatchObject({ ok: false, refusal: { code: 'NothingPending' } });
    }
  });

  it('that waits to be rolled back are none that matter', () => {
    const run = new JobRun([{ name: 'one', rollback: { action: 'build' } }], { locks: [{ name: 'a' }] });
    run.play();
    run.world.occupy(LOCK, 1, runId(900), run.now);
    run.rollBack();
    expect(run.job.status).toBe('WAITING_LOCK');
    expect(prioritise(run, {})).toMatchObject({ ok: false, refusal: { code: 'NothingPending' } });
  });
});

describe('a priority is refused', () => {
  const command = { actor: 'bob', priority: 1 };
  const spec = sampleSpec('one', 'two');
  const facts = new LineWorld().facts(spec, RECEIVED);
  const refusal = (status: Parameters<typeof sampleJob>[0], ops = [sampleOp(0, 'success')], op?: number) => {
    const decision = changePriority(
      sampleJob(status),
      ops,
      op === undefined ? command : { ...command, op },
      facts,
    );
    return decision.ok ? null : decision.refusal;
  };

  it.each(JOB_STATUSES.filter((status) => 'endedAt' in sampleJob(status)))(
    'to a job that is %s',
    (status) => {
      expect(refusal(status)).toEqual({
        code: 'CommandRefused',
        detail: `Job ${sampleJob(status).id} is finished`,
      });
    },
  );

  it.each(['CANCELING', 'ROLLING_BACK'] as const)('to a job that is %s', (status) => {
    expect(refusal(status)).toMatchObject({
      code: 'CommandRefused',
      detail: expect.stringMatching(/is cancelling$/),
    });
  });

  it('to a job of which everything has begun, though it runs', () => {
    const ops = [sampleOp(0, 'success'), sampleOp(1, 'running')];
    expect(refusal('RUNNING', ops)).toMatchObject({
      code: 'NothingPending',
      detail: expect.stringMatching(/had no pending opcodes$/),
    });
  });

  it('to an op that has begun, and to one that is not there', () => {
    expect(refusal('RUNNING', [sampleOp(0, 'success')], 0)).toMatchObject({ code: 'NothingPending' });
    expect(refusal('RUNNING', [sampleOp(0, 'success')], 2)).toMatchObject({ code: 'OpNotFound' });
    expect(refusal('RUNNING', [sampleOp(0, 'success')], 1)).toBeNull();
  });

  it('to a job that is ending', () => {
    const ending = {
      status: 'COMPLETED_OK',
      rollback: 'none',
      actor: 'jobplane',
      message: 'Job ended as COMPLETED_OK',
    };
    const decision = changePriority(sampleJob('RUNNING', { ending }), [], command, facts);
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
  });
});

describe('a job in line whose priority changes', () => {
  /** Two that wait for the same lock, the second ten minutes later. */
  function twoInLine() {
    const world = new LineWorld();
    world.occupy(LOCK, 1_000, runId(900), RECEIVED);
    const first = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world, id: runId(1) });
    const second = new JobRun(
      OPS,
      { locks: [{ name: 'a' }] },
      { world, id: runId(2), now: RECEIVED + 600_000 },
    );
    return { world, first, second };
  }

  it('moves by half an hour a step', () => {
    const { world, first, second } = twoInLine();
    const { job } = second;
    const rank = 'place' in job ? (job.place?.rank ?? 0) : 0;
    prioritise(second, { priority: -1 });
    expect(second.job).toMatchObject({ place: { need: 1, rank: rank - HALF_AN_HOUR_MS } });
    expect(world.waiters(LOCK)).toEqual([second.id, first.id]);
  });

  it('moves back by the same when it gets the old one again', () => {
    const { second, first, world } = twoInLine();
    const { job } = second;
    prioritise(second, { priority: -9 });
    prioritise(second, { priority: 0 });
    expect('place' in second.job ? second.job.place : null).toEqual('place' in job ? job.place : undefined);
    expect(world.waiters(LOCK)).toEqual([first.id, second.id]);
  });

  it('stays where it is when an op’s alone changes', () => {
    const { second, first, world } = twoInLine();
    prioritise(second, { priority: -9, op: 0 });
    expect(world.waiters(LOCK)).toEqual([first.id, second.id]);
  });

  it('is granted itself, where it fits once it is first', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 3, RECEIVED);
    const asking = (units: number) => ({ resources: [{ name: 'transcoder', units }] });
    new JobRun(OPS, asking(2), { world, id: runId(1) });
    const big = new JobRun(OPS, asking(2), { world, id: runId(2) });
    const small = new JobRun(OPS, asking(1), { world, id: runId(3) });
    const decision = prioritise(small, { priority: -1 });
    expect(decision.ok ? decision.change?.touched : null).toEqual([]);
    expect(small.job).toMatchObject({
      holds: [{ need: 1, fence: 2 }],
      owed: [{ kind: 'advance', by: RECEIVED + 5_000 }],
    });
    expect(small.job).not.toHaveProperty('place');
    world.settle(RECEIVED);
    expect([small.job, big.job]).toMatchObject([{ waitReason: 'starting' }, { waitReason: 'resource' }]);
  });

  it('lets another go on, where it stood before one that fits', () => {
    const world = new LineWorld();
    world.setResource('transcoder', 3, RECEIVED);
    const asking = (units: number) => ({ resources: [{ name: 'transcoder', units }] });
    new JobRun(OPS, asking(2), { world, id: runId(1) });
    const big = new JobRun(OPS, asking(2), { world, id: runId(2) });
    const small = new JobRun(OPS, asking(1), { world, id: runId(3) });
    const decision = prioritise(big, { priority: 1 });
    expect(decision.ok ? decision.change?.touched.map(({ job }) => job.id) : null).toEqual([small.id]);
    expect(big.job).toMatchObject({ waitReason: 'resource', place: { need: 1 } });
    world.settle(RECEIVED);
    expect(small.job).toMatchObject({ waitReason: 'starting' });
  });
});
