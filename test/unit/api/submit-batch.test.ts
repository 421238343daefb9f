import { describe, expect, it } from 'vitest';
import { type BatchItem, batchSubmittedSchema } from '../../../core/contract/api/submit-batch.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import { ApiBench, type Call, SPEC } from './api-bench.ts';

const named = (name: string, rest: object = {}) => ({ spec: { ...SPEC, name, ...rest } });

async function submit(bench: ApiBench, jobs: readonly unknown[], as: Call['as'] = 'both') {
  const called = await bench.call('submit-batch', { body: { jobs }, as });
  const { items } = batchSubmittedSchema.parse(JSON.parse(called.text));
  expect(called.status).toBe(200);
  expect(items).toHaveLength(jobs.length);
  return items;
}

/** The job's name, or the code of what was wrong with it. */
function wordOf(item: BatchItem | undefined): string | undefined {
  if (item === undefined) return undefined;
  return 'job' in item ? item.job.name : `${item.status} ${item.error.code}`;
}

const idOf = (item: BatchItem | undefined) => (item !== undefined && 'job' in item ? item.job.id : undefined);

describe('POST /jobs/batch', () => {
  it('submits each job in the order of the list, and starts it', async () => {
    const bench = new ApiBench();
    const items = await submit(bench, [named('one'), named('two', { hold: true }), named('three')]);
    expect(items.map(wordOf)).toEqual(['one', 'two', 'three']);
    expect(bench.store.heads().map(({ name, status }) => `${name} ${status}`)).toEqual([
      'one QUEUED',
      'two CREATED',
      'three QUEUED',
    ]);
    expect(bench.executions.started).toHaveLength(2);
  });

  it('gives each its own answer, and loses none for a bad one', async () => {
    const bench = new ApiBench();
    const items = await submit(bench, [
      named('one'),
      named('no#name'),
      named('two', { ops: [] }),
      'three',
      null,
      { ...named('four'), dryRun: true },
      named('five', { queue: 'unknown' }),
      { ...named('six'), idempotencyKey: '' },
      named('seven', { ops: [{ ...SPEC.ops[0], input: 'x'.repeat(LIMITS.inputBytes) }] }),
      named('eight'),
    ]);
    expect(items.map(wordOf)).toEqual([
      'one',
      '400 InvalidName',
      '400 InvalidValue',
      '400 WrongType',
      '400 WrongType',
      '400 UnknownKey',
      '400 UnknownQueue',
      '400 InvalidIdempotencyKey',
      '413 InputTooLarge',
      'eight',
    ]);
    expect(items[1]).toMatchObject({ error: { status: 400, errors: [{ path: 'spec.name' }] } });
    expect(bench.store.heads().map(({ name }) => name)).toEqual(['one', 'eight']);
  });

  it('asks for the permission in the project of each', async () => {
    const bench = new ApiBench();
    const jobs = [named('one'), named('two', { project: 'media' }), named('three', { project: 'print' })];
    expect((await submit(bench, jobs)).map(wordOf)).toEqual(['one', 'two', '403 Forbidden']);
    expect((await submit(bench, jobs, 'viewer')).map(wordOf)).toEqual(
      Array.from({ length: 3 }, () => '403 Forbidden'),
    );
    expect(bench.store.heads().map(({ project, ownerGroups }) => [project, ownerGroups])).toEqual([
      ['web', ['web:operator']],
      ['media', ['media:operator']],
    ]);
  });

  it('takes as many as a batch may have', async () => {
    const bench = new ApiBench();
    await submit(
      bench,
      Array.from({ length: LIMITS.batchJobs }, (_, job) => named(`job-${job}`)),
    );
    expect(bench.store.heads()).toHaveLength(LIMITS.batchJobs);
  });

  it('takes more bytes together than one specification may have', async () => {
    const bench = new ApiBench();
    const large = { ops: [{ ...SPEC.ops[0], input: 'x'.repeat(LIMITS.inputBytes - 2) }] };
    const items = await submit(
      bench,
      Array.from({ length: 10 }, (_, job) => named(`job-${job}`, large)),
    );
    expect(items.filter(({ status }) => status === 201)).toHaveLength(10);
  });

  it('answers 500 for one that failed inside, and goes on', async () => {
    const bench = new ApiBench();
    const commit = bench.store.commit.bind(bench.store);
    bench.store.commit = async (change) => {
      if (change.job.name === 'two') throw new Error('no answer');
      return commit(change);
    };
    const items = await submit(bench, [named('one'), named('two'), named('three')]);
    expect(items.map(wordOf)).toEqual(['one', '500 InternalError', 'three']);
    expect(JSON.stringify(items)).not.toContain('no answer');
  });

  it('leaves to the caller what it did not come to in time', async () => {
    const bench = new ApiBench();
    const commit = bench.store.commit.bind(bench.store);
    bench.store.commit = async (change) => {
      if (change.transition === 'submit job') bench.now += 7_000;
      return commit(change);
    };
    const items = await submit(
      bench,
      ['one', 'two', 'three', 'four'].map((name) => named(name)),
    );
    expect(items.map(wordOf)).toEqual(['one', 'two', 'three', '503 Contended']);
    expect(bench.store.heads()).toHaveLength(3);
  });
});

describe('the idempotency key of a job in a batch', () => {
  const one = { ...named('one'), idempotencyKey: 'k1' };
  const two = { ...named('two'), idempotencyKey: 'k2' };

  it('makes the job once, also where others of the batch are new', async () => {
    const bench = new ApiBench();
    const first = await submit(bench, [one, two]);
    const again = await submit(bench, [two, { ...named('three'), idempotencyKey: 'k3' }, one]);
    expect([idOf(again[2]), idOf(again[0])]).toEqual(first.map(idOf));
    expect(again.map((item) => 'replayed' in item)).toEqual([true, false, true]);
    expect(bench.store.heads()).toHaveLength(3);
  });

  it('is the one of POST /jobs, and is refused with another specification', async () => {
    const bench = new ApiBench();
    const headers = { 'idempotency-key': 'k1' };
    await bench.call('submit-job', { body: one.spec, headers, as: 'both' });
    const items = await submit(bench, [one, { ...two, idempotencyKey: 'k1' }]);
    expect(items.map(wordOf)).toEqual(['one', '422 IdempotencyKeyReused']);
    expect(bench.store.heads()).toHaveLength(1);
  });
});
