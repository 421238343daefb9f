import { describe, expect, it } from 'vitest';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { jobExplanationSchema } from '../../../core/contract/api/why.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { ApiBench, SPEC } from './api-bench.ts';

const HOUR_MS = 3_600_000;

const isoOf = (instant: number) => new Date(instant).toISOString();

const [TRANSCODE] = SPEC.ops;

const TWO = { ...SPEC, pause: { window: 'PT2H' }, ops: [TRANSCODE, { ...TRANSCODE, name: 'again' }] };

function command(bench: ApiBench, route: 'pause-job' | 'resume-job', id: JobId, body: object = {}) {
  return bench.ok(route, jobShapeSchema, { id, body });
}

/** The state machine comes to an op of a job that somebody wants to pause. */
async function meetsThePause(bench: ApiBench, id: JobId, op: number): Promise<void> {
  await expect(bench.perform(id, op)).rejects.toMatchObject({ name: 'NotNow' });
  await bench.handleFailure(id, op, { name: 'NotNow', cause: '' });
}

/** A job that stands before its second op. */
async function paused() {
  const bench = new ApiBench();
  const id = await bench.submit(TWO);
  await bench.perform(id, 0);
  await command(bench, 'pause-job', id, { comment: 'the disk is full' });
  await bench.call('complete-op', { as: 'worker', id, index: 0, body: { attempt: 1, try: 1 } });
  await meetsThePause(bench, id, 1);
  return { bench, id };
}

describe('POST /jobs/{id}/pause', () => {
  it('leaves the op alone that runs, and stops the job before the next', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(TWO);
    await bench.perform(id, 0);
    const asked = await command(bench, 'pause-job', id, { comment: 'the disk is full' });
    expect(asked).toMatchObject({ status: 'RUNNING', pauseRequested: true });
    expect(bench.actions.interrupted).toEqual([]);
    await bench.call('complete-op', { as: 'worker', id, index: 0, body: { attempt: 1, try: 1 } });
    await meetsThePause(bench, id, 1);
    const job = await bench.ok('get-job', jobShapeSchema, { id });
    expect(job).toMatchObject({
      status: 'PAUSED',
      pause: { since: isoOf(bench.now), until: isoOf(bench.now + 2 * HOUR_MS) },
    });
    expect(job).not.toHaveProperty('pauseRequested');
    expect(bench.store.journal(id).at(-1)).toMatchObject({
      actor: 'operator',
      to: 'PAUSED',
      message: 'Paused before again by operator: the disk is full',
    });
  });

  it('is taken by a job that is starting, which begins and does nothing', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(TWO);
    expect(await command(bench, 'pause-job', id)).toMatchObject({ status: 'QUEUED', pauseRequested: true });
    await meetsThePause(bench, id, 0);
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toMatchObject({ status: 'PAUSED' });
    expect(bench.store.journal(id).some(({ kind }) => kind === 'ready')).toBe(false);
  });

  it('asked for while the last op of PRE runs comes before the first of RUN', async () => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...TWO, ops: [{ ...TRANSCODE, step: 'PRE' }, TWO.ops[1]] });
    await bench.perform(id, 0);
    await command(bench, 'pause-job', id);
    await bench.call('complete-op', { as: 'worker', id, index: 0, body: { attempt: 1, try: 1 } });
    await bench.finish(id);
    await meetsThePause(bench, id, 1);
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toMatchObject({
      status: 'PAUSED',
      step: 'RUN',
    });
  });

  it('asked for twice is asked for once', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(TWO);
    await command(bench, 'pause-job', id);
    const before = await bench.stored();
    expect(await command(bench, 'pause-job', id)).toMatchObject({ pauseRequested: true });
    expect(await bench.stored()).toBe(before);
  });

  it.each([
    ['waits', { hold: true }, 'CREATED'],
    ['is trapped', { ops: [{ ...TRANSCODE, onError: 'trap' }] }, 'TRAPPED'],
  ])('of a job that %s is refused, naming what is possible', async (_what, spec, status) => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...SPEC, ...spec });
    if (status === 'TRAPPED') await bench.work(id, 0, 'DiskFull');
    const problem = await bench.refusal('pause-job', { id, body: {} });
    expect(problem).toMatchObject({ status: 409, code: 'CommandRefused' });
    expect(problem.detail).toContain(`${status} and takes no pause`);
    expect(problem.detail).toContain(status === 'TRAPPED' ? 'trap' : 'reschedule');
  });

  it('of a job that is paused, or has ended, is refused', async () => {
    const { bench, id } = await paused();
    expect(await bench.refusal('pause-job', { id, body: {} })).toMatchObject({ code: 'CommandRefused' });
    const ended = await bench.completedJob();
    expect(await bench.refusal('pause-job', { id: ended, body: {} })).toMatchObject({
      code: 'CommandRefused',
    });
  });
});

describe('POST /jobs/{id}/resume', () => {
  it('lets a paused job go on with the op it stood before', async () => {
    const { bench, id } = await paused();
    bench.now += HOUR_MS;
    const job = await command(bench, 'resume-job', id, { comment: 'there is room' });
    expect(job.status).toBe('RUNNING');
    expect(job).not.toHaveProperty('pause');
    expect(bench.store.journal(id).at(-1)?.message).toBe('Resumed by operator: there is room');
    expect(bench.executions.answered.at(-1)?.answer).toEqual({
      kind: 'success',
      output: { next: 'try again', seconds: 0 },
    });
    await bench.work(id, 1);
    await bench.finish(id);
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toMatchObject({ status: 'COMPLETED_OK' });
  });

  it('takes back a pause that has not come yet', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(TWO);
    await bench.perform(id, 0);
    await command(bench, 'pause-job', id);
    expect(await command(bench, 'resume-job', id)).not.toHaveProperty('pauseRequested');
    await bench.call('complete-op', { as: 'worker', id, index: 0, body: { attempt: 1, try: 1 } });
    await bench.work(id, 1);
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toMatchObject({ progress: { opsRun: 2 } });
  });

  it('of a job that nobody pauses changes nothing', async () => {
    const bench = new ApiBench();
    const id = await bench.submit(TWO);
    await bench.perform(id, 0);
    const before = await bench.stored();
    expect(await command(bench, 'resume-job', id)).toMatchObject({ status: 'RUNNING' });
    expect(await bench.stored()).toBe(before);
  });

  it('of a job that waits or has ended is refused', async () => {
    const bench = new ApiBench();
    for (const id of [await bench.submit({ ...TWO, hold: true }), await bench.completedJob()]) {
      expect(await bench.refusal('resume-job', { id, body: {} })).toMatchObject({ code: 'CommandRefused' });
    }
  });
});

describe('GET /jobs/{id}/why of a paused job', () => {
  it('says before which op it stands, until when, and what it keeps', async () => {
    const bench = new ApiBench();
    const id = await bench.submit({ ...TWO, locks: [{ name: 'site' }] });
    await command(bench, 'pause-job', id);
    await meetsThePause(bench, id, 0);
    const until = isoOf(bench.now + 2 * HOUR_MS);
    expect(await bench.ok('explain-job', jobExplanationSchema, { as: 'viewer', id })).toMatchObject({
      status: 'PAUSED',
      standsAt: 'pause',
      since: isoOf(bench.now),
      summary: expect.stringContaining(
        `before op 0, and keeps what it holds; unless it is resumed by ${until}`,
      ),
      holds: [{ kind: 'lock', name: 'site' }],
      movesWhen: [expect.stringContaining('/resume'), expect.stringContaining('/cancel'), expect.any(String)],
    });
  });
});
