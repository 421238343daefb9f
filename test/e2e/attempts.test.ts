import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { handsOf } from './support/hands.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { localAws } from './support/local-aws.ts';
import { broken, type Part, say, undoneBy, work } from './support/parts.ts';
import { sweepMeanwhile } from './support/sweep.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const admin = api.as('admin');
const approver = api.as('approver');
const { complete, fail } = handsOf(api.as('worker'));

const approval = { approvers: ['group:release-managers'] };
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

/** Reads a reference to what the op `measure` found. */
const telling = say('tell', { input: { message: { $from: 'ops.measure.result.text' } } });

/** Name, status and attempt of every op, as the job's current attempt sees them. */
async function seen(id: string, attempt?: number) {
  return (await api.ops(id, attempt)).map((op) => [op.name, op.status, op.attempt]);
}

let stopSweeping: () => Promise<void>;

// Windows that close while a job waits are the sweeper's, which comes each minute by itself.
beforeAll(() => {
  stopSweeping = sweepMeanwhile(stack);
});
afterAll(() => stopSweeping());

describe.concurrent('a rerun', () => {
  test('from the failed op uses what earlier attempts found, and leaves them readable', async () => {
    const id = await api.submit([work('measure'), work('check'), telling]);
    await complete(id, 0, { text: 'forty-two' });
    await fail(id, 1, 'Broken');
    await api.settled(id);
    await api.command(id, 'rerun', { from: 'failedOp', comment: 'repaired' });
    await complete(id, 1);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK', attempt: 2 });
    expect(await api.logs(id)).toEqual(['forty-two']);
    expect(await seen(id)).toEqual([
      ['measure', 'success', 1],
      ['check', 'success', 2],
      ['tell', 'success', 2],
    ]);
    expect(await seen(id, 1)).toEqual([
      ['measure', 'success', 1],
      ['check', 'error', 1],
    ]);
    const late = { attempt: 1, try: 1 };
    const refused = await api.as('worker').call('POST', `/jobs/${id}/ops/1/complete`, late);
    expect([refused.status, codeOf(refused)]).toEqual([409, 'AttemptSuperseded']);
  });

  test('begins at the earliest op that was undone', async () => {
    const id = await api.submit([say('one', undoneBy('undo one')), work('two')]);
    await fail(id, 1, 'Broken');
    await api.settled(id);
    await api.command(id, 'rerun', { from: 'failedOp' });
    await complete(id, 1);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect(await api.logs(id)).toEqual(['one', 'undo one', 'one']);
  });

  test('from PRE does all of it again, and the journal goes on', async () => {
    const ops = [say('build', { step: 'PRE' }), work('publish'), say('report', { step: 'POST' })];
    const id = await api.submit(ops);
    await fail(id, 1, 'Broken');
    await api.settled(id);
    await api.command(id, 'rerun');
    await complete(id, 1);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect(await api.logs(id)).toEqual(['build', 'report', 'build', 'report']);
    const journal = await api.journal(id);
    expect(journal.map(({ serial }) => serial)).toEqual(journal.map((_, position) => position + 1));
    expect(new Set(journal.map(({ attempt }) => attempt))).toEqual(new Set([1, 2]));
  });

  test('from POST alone leaves a failure standing, and makes good what only POST had spoilt', async () => {
    const post = work('report', { step: 'POST' });
    const failed = await api.submit([broken('one'), post]);
    await complete(failed, 1);
    const spoilt = await api.submit([say('one'), post]);
    await fail(spoilt, 1, 'Broken');
    expect((await api.settled(failed)).status).toBe('FAILED');
    expect((await api.settled(spoilt)).status).toBe('COMPLETED_WITH_ERROR');
    for (const id of [failed, spoilt]) {
      await api.command(id, 'rerun', { from: 'POST' });
      await complete(id, 1);
    }
    expect(await api.settled(failed)).toMatchObject({
      status: 'FAILED',
      attempt: 2,
      error: { code: 'Broken', op: 0 },
    });
    expect(await api.settled(spoilt)).toMatchObject({ status: 'COMPLETED_OK', attempt: 2 });
  });

  test('from RUN asks for approval again, and waits for its date unless it is to run now', async () => {
    const schedule = { at: inSeconds(3_600) };
    const rejected = async () => {
      const id = await api.submit([say('one')], { approval, schedule });
      await approver.command(id, 'reject', {});
      return id;
    };
    const [dated, now] = [await rejected(), await rejected()];
    await api.command(dated, 'rerun', { from: 'RUN' });
    await api.command(now, 'rerun', { from: 'RUN', runNow: true });
    for (const id of [dated, now]) {
      expect(await api.job(id)).toMatchObject({ status: 'WAITING_APPROVAL', attempt: 2 });
      await approver.command(id, 'approve', {});
    }
    expect((await api.settled(now)).status).toBe('COMPLETED_OK');
    expect(await api.job(dated)).toMatchObject({ status: 'SCHEDULED', dates: { scheduledAt: schedule.at } });
    await api.command(dated, 'cancel');
  });

  test('from RUN keeps what PRE has built', async () => {
    const ops = [work('measure', { step: 'PRE' }), telling, work('check')];
    const id = await api.submit(ops);
    await complete(id, 0, { text: 'built' });
    await fail(id, 2, 'Broken');
    await api.settled(id);
    await api.command(id, 'rerun', { from: 'RUN' });
    await complete(id, 2);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect(await api.logs(id)).toEqual(['built', 'built']);
    expect((await seen(id))[0]).toEqual(['measure', 'success', 1]);
  });

  test('is refused for what is strict and completed, and for what was canceled after it failed', async () => {
    const strict = await api.submit([say('one')], { rerunPolicy: 'strict' });
    const failed = await api.submit([broken('one')]);
    await api.settled(strict);
    await api.settled(failed);
    await api.command(failed, 'cancel');
    expect((await api.job(failed)).status).toBe('CANCELED_AFTER_FAILURE');
    for (const id of [strict, failed]) expect(await api.refusal(id, 'rerun')).toBe('CommandRefused');
  });

  test('leaves nothing behind when the job is deleted', async () => {
    const id = await api.submit([work('one', undoneBy('undo one')), broken('two')]);
    await complete(id, 0);
    await api.settled(id);
    await api.command(id, 'rerun');
    await complete(id, 0);
    expect((await api.settled(id)).attempt).toBe(2);
    expect((await admin.call('DELETE', `/jobs/${id}`)).status).toBe(204);
    expect(codeOf(await admin.call('GET', `/jobs/${id}/ops?attempt=1`))).toBe('JobNotFound');
    const { Items } = await localAws(stack).dynamodb.send(
      new QueryCommand({
        TableName: stack.tableName,
        KeyConditionExpression: 'pk = :job',
        ExpressionAttributeValues: { ':job': `JOB#${id}` },
      }),
    );
    expect(Items).toEqual([]);
  });
});

describe.concurrent('a job that has expired', () => {
  /** It was not confirmed in time. */
  async function expired(): Promise<string> {
    const id = await api.submit([say('one')], { hold: true, schedule: { startWithin: 'PT1S' } });
    await api.statusIs(id, 'EXPIRED');
    return id;
  }

  test.each<[what: string, verb: string, body: () => Part]>([
    ['with another date', 'reschedule', () => ({ at: inSeconds(2), startWithin: 'PT1H' })],
    ['by a rerun', 'rerun', () => ({ from: 'RUN', runNow: true })],
  ])('runs %s, as its next attempt', async (_what, verb, body) => {
    const id = await expired();
    await api.command(id, verb, body());
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK', attempt: 2 });
  });

  test('without a date stands until somebody confirms it', async () => {
    const id = await expired();
    await api.command(id, 'reschedule', { at: null });
    expect(await api.job(id)).toMatchObject({ status: 'CREATED', attempt: 2 });
    await api.command(id, 'confirm');
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
  });

  test('with another date does not build again what PRE has built', async () => {
    const other = await api.submit([work('other')]);
    const id = await api.submit([say('build', { step: 'PRE' }), say('publish')], {
      dependsOn: [{ job: other }],
      schedule: { startWithin: 'PT5S' },
    });
    await api.statusIs(id, 'EXPIRED');
    await api.command(id, 'reschedule', { at: inSeconds(0), startWithin: 'PT1H' });
    expect(await api.job(id)).toMatchObject({ status: 'WAITING_DEPENDENCY', attempt: 2 });
    await complete(other, 0);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect(await api.logs(id)).toEqual(['build', 'publish']);
  });
});

describe.concurrent('a manual rollback', () => {
  test('undoes what all attempts did and left, the latest first, and nothing twice', async () => {
    const id = await api.submit([say('a', undoneBy('undo a')), work('b', undoneBy('undo b'))], {
      rollback: { onFailure: false },
    });
    await fail(id, 1, 'Broken');
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', rollback: { outcome: 'needed' } });
    await api.command(id, 'rerun', { from: 'failedOp' });
    await complete(id, 1);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    await api.command(id, 'rollback', { comment: 'wrong version' });
    const job = await api.statusIs(id, 'ROLLED_BACK');
    expect(job).toMatchObject({ attempt: 3, rollback: { outcome: 'ok' } });
    expect(job).not.toHaveProperty('error');
    expect(await api.logs(id)).toEqual(['a', 'undo b', 'undo a']);
    const undone = (await api.ops(id)).filter(({ rollbackOf }) => rollbackOf !== undefined);
    expect(undone).toMatchObject([
      { name: 'b/rollback', status: 'success', rollbackOf: 1, rollbackOfAttempt: 2 },
      { name: 'a/rollback', status: 'success', rollbackOf: 0, rollbackOfAttempt: 1 },
    ]);
    expect(await api.refusal(id, 'rollback')).toBe('NothingToUndo');
    expect(await api.refusal(id, 'rerun')).toBe('CommandRefused');
  });

  test('that fails says so, and undoes what is left when it is asked again', async () => {
    const id = await api.submit([
      say('one', undoneBy('undo one')),
      work('two', { rollback: { action: 'manual-work' } }),
    ]);
    await complete(id, 1);
    await api.settled(id);
    await api.command(id, 'rollback');
    // Two ops: the rollbacks of the attempt before are numbered from 4 on.
    await fail(id, 5, 'Stuck');
    expect(await api.settled(id)).toMatchObject({
      status: 'ROLLED_BACK',
      rollback: { outcome: 'failed' },
      error: { code: 'RollbackFailed' },
    });
    await api.command(id, 'rollback');
    await complete(id, 7);
    expect(await api.settled(id)).toMatchObject({ attempt: 3, rollback: { outcome: 'ok' } });
    expect(await api.logs(id)).toEqual(['one', 'undo one']);
  });

  test('waits for the lock of the job, takes no date, and is canceled', async () => {
    const locks = [{ name: 'undone-later' }];
    const id = await api.submit([say('one', undoneBy('undo one'))], { locks, approval });
    await approver.command(id, 'approve', {});
    await api.settled(id);
    const holder = await api.submit([work('hold')], { locks });
    await api.opIs(holder, 0, 'running');
    await api.command(id, 'rollback');
    expect(await api.job(id)).toMatchObject({ status: 'WAITING_LOCK', rollback: { outcome: 'needed' } });
    expect(await api.refusal(id, 'reschedule', { at: inSeconds(60) })).toBe('CommandRefused');
    await api.command(id, 'cancel');
    expect(await api.job(id)).toMatchObject({
      status: 'CANCELED_WHILE_RUNNING',
      rollback: { outcome: 'needed' },
    });
    await api.command(id, 'rollback');
    await complete(holder, 0);
    expect(await api.statusIs(id, 'ROLLED_BACK')).toMatchObject({ rollback: { outcome: 'ok' } });
    expect(await api.logs(id)).toEqual(['one', 'undo one']);
  });

  test('undoes what force left', async () => {
    const id = await api.submit([say('one', undoneBy('undo one')), work('hanging')]);
    await api.opIs(id, 1, 'running');
    await api.command(id, 'cancel', { force: true });
    expect((await api.job(id)).rollback).toEqual({ outcome: 'needed' });
    await api.command(id, 'rollback');
    expect(await api.statusIs(id, 'ROLLED_BACK')).toMatchObject({ rollback: { outcome: 'ok' } });
    expect(await api.logs(id)).toEqual(['one', 'undo one']);
  });
});
