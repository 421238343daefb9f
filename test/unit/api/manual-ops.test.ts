import { describe, expect, it } from 'vitest';
import type { CatalogEntry } from '../../../core/contract/action-catalog.ts';
import { jobExplanationSchema } from '../../../core/contract/api/why.ts';
import { ApiBench } from './api-bench.ts';

const CATALOG = new Map<string, CatalogEntry>([
  ['sign', { kind: 'manual' }],
  ['hand', { kind: 'external' }],
]);

const SPEC = {
  name: 'release',
  project: 'web',
  ops: [
    { name: 'sign', action: 'sign', input: { what: 'the contract' } },
    { name: 'hand', action: 'hand' },
  ],
};

const TRY = { attempt: 1, try: 1 };
const FORBIDDEN = { status: 403, code: 'Forbidden' };

/** Every verb, with a good body. */
const VERBS = [
  ['complete-op', TRY],
  ['fail-op', { ...TRY, error: { code: 'Refused', message: 'not like this' } }],
  ['heartbeat-op', TRY],
  ['log-op', { ...TRY, message: 'half done' }],
] as const;

async function atSign() {
  const bench = new ApiBench({ catalog: CATALOG });
  const id = await bench.submit(SPEC);
  await bench.perform(id, 0);
  return { bench, id };
}

describe('an op that a person is to do', () => {
  it.each(VERBS)('takes %s of an operator and not of a worker', async (route, body) => {
    const { bench, id } = await atSign();
    for (const as of ['worker', 'viewer', 'submitter'] as const) {
      expect(await bench.refusal(route, { as, id, index: 0, body })).toMatchObject(FORBIDDEN);
    }
    expect((await bench.call(route, { as: 'operator', id, index: 0, body })).status).toBeLessThan(300);
  });

  it.each(VERBS)('does not let an operator %s what a worker is to do', async (route, body) => {
    const { bench, id } = await atSign();
    await bench.call('complete-op', { as: 'operator', id, index: 0, body: TRY });
    await bench.perform(id, 1);
    expect(await bench.refusal(route, { as: 'operator', id, index: 1, body })).toMatchObject(FORBIDDEN);
    expect((await bench.call(route, { as: 'worker', id, index: 1, body })).status).toBeLessThan(300);
  });

  it.each(['0x', '99', '-1'])('tells nobody of another project whether there is an op %s', async (index) => {
    const { bench, id } = await atSign();
    expect(await bench.refusal('complete-op', { as: 'other', id, index, body: TRY })).toMatchObject({
      code: 'JobNotFound',
    });
  });

  it('is offered by an event, and nothing is dispatched', async () => {
    const { bench, id } = await atSign();
    expect(bench.actions.dispatched).toEqual([]);
    expect(bench.store.journal(id).at(-1)).toMatchObject({
      kind: 'ready',
      message: 'sign is ready for a person of sign',
      ready: { action: 'sign', input: { what: 'the contract' } },
    });
  });

  it('is what its job waits for, says why', async () => {
    const { bench, id } = await atSign();
    expect(await bench.ok('explain-job', jobExplanationSchema, { id })).toMatchObject({
      standsAt: 'person',
      summary: 'It waits for a person to do op 0, sign: sign.',
      movesWhen: [expect.stringContaining('job.operate'), 'POST /jobs/{id}/cancel'],
    });
  });

  it('that is done is not waited for any more', async () => {
    const { bench, id } = await atSign();
    await bench.call('complete-op', { as: 'operator', id, index: 0, body: TRY });
    expect(await bench.ok('explain-job', jobExplanationSchema, { id })).toMatchObject({ standsAt: 'op' });
  });
});
