import { describe, expect, it } from 'vitest';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { opListSchema } from '../../../core/contract/api/list-ops.ts';
import { jobExplanationSchema } from '../../../core/contract/api/why.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { ApiBench, NOW, SPEC } from './api-bench.ts';

const [TRANSCODE, PUBLISH] = SPEC.ops;

const MINUTE_MS = 60_000;

const isoOf = (instant: number) => new Date(instant).toISOString();

/** The first op traps; its timeout answers after ten minutes. */
const TRAPPING = {
  ...SPEC,
  ops: [
    { ...TRANSCODE, onError: 'trap', trap: { timeout: 'PT10M' }, rollback: { action: 'transcode' } },
    { ...PUBLISH, input: {} },
  ],
};

/** A job whose first op has failed, and waits since a minute for an answer. */
async function trapped(spec: object = TRAPPING) {
  const bench = new ApiBench();
  const id = await bench.submit(spec);
  await bench.work(id, 0, 'DiskFull');
  bench.now += MINUTE_MS;
  return { bench, id };
}

function answer(bench: ApiBench, id: JobId, body: object) {
  return bench.ok('answer-trap', jobShapeSchema, { id, body });
}

const opOf = async (bench: ApiBench, id: JobId) =>
  (await bench.ok('list-ops', opListSchema, { id })).items[0];

const toldOf = (bench: ApiBench) => bench.executions.answered.at(-1)?.answer;

describe('a trapped job', () => {
  it('says which op waits, since when, and when its timeout answers', async () => {
    const { bench, id } = await trapped();
    const job = await bench.ok('get-job', jobShapeSchema, { id });
    expect(job).toMatchObject({
      status: 'TRAPPED',
      trap: { op: 0, since: isoOf(NOW), until: isoOf(NOW + 10 * MINUTE_MS) },
    });
    expect(job).not.toHaveProperty('lastTrap');
    expect(await opOf(bench, id)).toMatchObject({ status: 'waiting', error: { code: 'DiskFull' } });
  });

  it('without a timeout waits for somebody, and says no end', async () => {
    const { bench, id } = await trapped({ ...SPEC, ops: [{ ...TRANSCODE, onError: 'trap' }] });
    const { trap } = await bench.ok('get-job', jobShapeSchema, { id });
    expect(trap).toEqual({ op: 0, since: isoOf(NOW) });
  });

  it('is explained, with what it keeps and what would move it', async () => {
    const { bench, id } = await trapped({ ...TRAPPING, locks: [{ name: 'site' }] });
    expect(await bench.ok('explain-job', jobExplanationSchema, { as: 'viewer', id })).toMatchObject({
      status: 'TRAPPED',
      standsAt: 'trap',
      since: isoOf(NOW),
      summary: expect.stringContaining('Op 0 failed'),
      holds: [{ kind: 'lock', name: 'site' }],
      movesWhen: [
        expect.stringContaining('/trap with retry, skip or abort'),
        expect.stringContaining('/cancel'),
        expect.stringContaining(isoOf(NOW + 10 * MINUTE_MS)),
      ],
    });
  });

  it('is explained once its countdown stands still', async () => {
    const { bench, id } = await trapped();
    await answer(bench, id, { answer: 'pause' });
    expect(await bench.ok('explain-job', jobExplanationSchema, { id })).toMatchObject({
      status: 'TRAP_PAUSED',
      standsAt: 'trap',
      movesWhen: [expect.anything(), expect.anything(), expect.stringContaining('answers resume')],
    });
  });
});

describe('POST /jobs/{id}/trap', () => {
  it.each([
    ['retry', { status: 'RUNNING', warnings: 0 }, 'waiting', { next: 'try again', seconds: 0 }],
    ['skip', { status: 'RUNNING', warnings: 1 }, 'success', { next: 'go on' }],
    ['abort', { status: 'RUNNING', decided: { status: 'FAILED' } }, 'error', { next: 'failed' }],
  ])('with %s goes on, tells the execution, and stays readable', async (word, expected, op, output) => {
    const { bench, id } = await trapped();
    const job = await answer(bench, id, { answer: word, comment: 'disk was cleaned' });
    const lastTrap = {
      op: 0,
      answer: word,
      actor: 'operator',
      at: isoOf(bench.now),
      comment: 'disk was cleaned',
    };
    expect(job).toMatchObject({ ...expected, lastTrap });
    expect(job).not.toHaveProperty('trap');
    expect(await opOf(bench, id)).toMatchObject({ status: op });
    expect(toldOf(bench)).toEqual({ kind: 'success', output });
    const said = bench.store.journal(id).find(({ from }) => from === 'TRAPPED');
    expect(said).toMatchObject({ actor: 'operator', message: expect.stringContaining('disk was cleaned') });
  });

  it('with retry has the op tried once more, and traps again', async () => {
    const { bench, id } = await trapped();
    await answer(bench, id, { answer: 'retry' });
    await bench.work(id, 0, 'DiskFull');
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toMatchObject({
      status: 'TRAPPED',
      lastTrap: { answer: 'retry' },
    });
    expect(await opOf(bench, id)).toMatchObject({ try: 2 });
  });

  it('with skip leaves a success that says so, and has no result', async () => {
    const { bench, id } = await trapped();
    await answer(bench, id, { answer: 'skip' });
    const op = await opOf(bench, id);
    expect(op).toMatchObject({ status: 'success', skipped: true });
    expect(op?.warnings).toEqual([expect.stringContaining('skipped by operator after DiskFull')]);
    expect(op).not.toHaveProperty('result');
  });

  it('with pause stops the countdown, and with resume lets it run for what was left', async () => {
    const { bench, id } = await trapped();
    const paused = await answer(bench, id, { answer: 'pause' });
    expect(paused.status).toBe('TRAP_PAUSED');
    expect(paused.trap).toEqual({ op: 0, since: isoOf(NOW), leftSeconds: 540 });
    expect(bench.executions.answered).toHaveLength(1);
    bench.now += 60 * MINUTE_MS;
    const resumed = await answer(bench, id, { answer: 'resume' });
    expect(resumed.status).toBe('TRAPPED');
    expect(resumed.trap).toMatchObject({ until: isoOf(bench.now + 9 * MINUTE_MS) });
  });

  it.each(['retry', 'skip', 'abort'])('takes %s while the countdown stands still', async (word) => {
    const { bench, id } = await trapped();
    await answer(bench, id, { answer: 'pause' });
    expect(await answer(bench, id, { answer: word })).toMatchObject({ status: 'RUNNING' });
  });

  it.each([
    ['pause', ['pause'], 'stands still already; possible: retry, skip, abort, resume'],
    ['resume', [], 'is running already; possible: retry, skip, abort, pause'],
  ])('refuses a %s that changes nothing', async (word, before, detail) => {
    const { bench, id } = await trapped();
    for (const earlier of before) await answer(bench, id, { answer: earlier });
    const called = await bench.call('answer-trap', { id, body: { answer: word } });
    expect(called.status).toBe(409);
    expect(called.text).toContain('CommandRefused');
    expect(called.text).toContain(detail);
  });

  it('of a job that is not trapped is refused with its status, and is in its journal', async () => {
    const bench = new ApiBench();
    const id = await bench.completedJob();
    const before = await bench.ok('get-job', jobShapeSchema, { id });
    const called = await bench.call('answer-trap', { id, body: { answer: 'skip', comment: 'late' } });
    expect(called.status).toBe(409);
    expect(called.text).toContain('COMPLETED_OK and takes no trap; possible: rerun, delete, rollback');
    expect(bench.store.journal(id).at(-1)).toMatchObject({
      kind: 'note',
      actor: 'operator',
      message: 'The answer skip of operator was refused: the job is COMPLETED_OK: late',
    });
    expect(await bench.ok('get-job', jobShapeSchema, { id })).toEqual(before);
  });
});
