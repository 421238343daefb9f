import { expect, it } from 'vitest';
import { jsonBytes, LIMITS } from '../../../core/contract/limits.ts';
import { changeOf } from '../../../core/job/change.ts';
import { addNote } from '../../../core/job/journal-notes.ts';
import { clearEffects, moveDueEntry } from '../../../core/job/settle-debts.ts';
import {
  cancel,
  commit,
  completion,
  finish,
  jobId,
  plainSpec,
  RECEIVED_AT,
  start,
  stored,
  submission,
  wholeJob,
} from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const ID = jobId(1);
const RACERS = 10;

export function changingAJob(open: OpenStore): void {
  it('keeps a job from its submission to its end, every entry in its place', async () => {
    const store = await open();
    const end = await wholeJob(store, ID, plainSpec(5));
    expect(await store.readJob(ID)).toEqual(end);
    const ops = await store.readOps(ID, 1);
    expect(ops.map(({ index, status }) => `${index} ${status}`)).toEqual(
      [0, 1, 2, 3, 4].map((index) => `${index} success`),
    );
    const serials = (await store.readJournal(ID, 0, 100)).map(({ serial }) => serial);
    expect(serials).toEqual(Array.from({ length: end.logSerial }, (_, position) => position + 1));
  });

  it('refuses a change of a job that has moved on, and shows the job as it is', async () => {
    const store = await open();
    await commit(store, submission(ID));
    const late = await cancel(store, ID);
    const current = await commit(store, await start(store, ID, 0));
    expect(await store.commit(late)).toEqual({ ok: false, conflict: { kind: 'version', current } });
  });

  it('refuses a change of a job that is not there', async () => {
    const store = await open();
    const { job } = submission(ID);
    const note = addNote(job, { actor: 'ada', comment: 'hello' }, RECEIVED_AT);
    expect(await store.commit(note)).toEqual({ ok: false, conflict: { kind: 'version', current: null } });
  });

  it('refuses a change of an op that has moved on, and shows the op as it is', async () => {
    const store = await open();
    await commit(store, submission(ID));
    const started = await start(store, ID, 0);
    await commit(store, started);
    const late = await completion(store, ID, 0);
    for (const { op } of started.ops) expect(await store.markDispatched(op)).toBe(true);
    const [current] = await store.readOps(ID, 1);
    expect(current).toMatchObject({ status: 'running', dispatched: true });
    expect(await store.commit(late)).toEqual({ ok: false, conflict: { kind: 'op', current } });
  });

  it('refuses to begin an op that has begun, and shows it', async () => {
    const store = await open();
    await commit(store, submission(ID));
    const started = await start(store, ID, 0);
    const job = await commit(store, started);
    const again = { ...addNote(job, { actor: 'ada', comment: 'again' }, RECEIVED_AT), ops: started.ops };
    const [current] = await store.readOps(ID, 1);
    expect(await store.commit(again)).toEqual({ ok: false, conflict: { kind: 'op', current } });
  });

  it('refuses to change an op that has not begun', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const started = await start(store, ID, 0);
    const change = addNote(job, { actor: 'ada', comment: 'too early' }, RECEIVED_AT);
    const early = { ...change, ops: started.ops.map(({ op }) => ({ before: 1, op })) };
    expect(await store.commit(early)).toEqual({ ok: false, conflict: { kind: 'op', current: null } });
  });

  it('writes nothing of a change that it refuses', async () => {
    const store = await open();
    await commit(store, submission(ID));
    await commit(store, await start(store, ID, 0));
    const late = await completion(store, ID, 0);
    await commit(store, await cancel(store, ID));
    const before = await stored(store, ID);
    const journal = await store.readJournal(ID, 0, 10);
    expect(await store.commit(late)).toMatchObject({ ok: false, conflict: { kind: 'version' } });
    expect(await stored(store, ID)).toEqual(before);
    expect(await store.readJournal(ID, 0, 10)).toEqual(journal);
  });

  it('lets exactly one of several win who change the same version, and shows the others who it was', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const notes = Array.from({ length: RACERS }, (_, n) =>
      addNote(job, { actor: `racer ${n}`, comment: 'first!' }, RECEIVED_AT),
    );
    const answers = await Promise.all(notes.map((note) => store.commit(note)));
    const winner = answers.findIndex(({ ok }) => ok);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const current = await store.readJob(ID);
    expect(current?.version).toBe(2);
    expect(await store.readJournal(ID, 1, 10)).toMatchObject([{ serial: 2, actor: `racer ${winner}` }]);
    for (const answer of answers) {
      if (!answer.ok && answer.conflict.kind !== 'contention') {
        expect(answer.conflict).toEqual({ kind: 'version', current });
      }
    }
  });

  it('lets exactly one win when all of them change the head alone, and in the same way', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const [start] = job.owed;
    if (start === undefined) throw new Error('a new job owes its start');
    const cleared = clearEffects(job, [start], RECEIVED_AT, 'whoever owed them');
    if (cleared === null) throw new Error('the start is owed');
    const answers = await Promise.all(Array.from({ length: RACERS }, () => store.commit(cleared)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await store.readJob(ID)).toEqual(cleared.job);
    expect(await store.readJournal(ID, 0, 10)).toHaveLength(1);
  });

  it('changes the head alone, again and again', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const cleared = await commit(
      store,
      changeOf('clear effect', job, { ...job, owed: [] }, RECEIVED_AT, PLAIN),
    );
    const moved = moveDueEntry(cleared, RECEIVED_AT);
    if (moved === null) throw new Error('the start was due before the look');
    await commit(store, moved);
    expect(await store.readJob(ID)).toEqual(moved.job);
    const stale = await store.commit(moved);
    expect(stale).toEqual({ ok: false, conflict: { kind: 'version', current: moved.job } });
  });

  it('stores the largest result of an op as it is', async () => {
    const store = await open();
    await commit(store, submission(ID));
    await commit(store, await start(store, ID, 0));
    const result = { text: '\u{1F600}'.repeat(LIMITS.resultBytes / 4 - 8), warnings: ['big'] };
    expect(jsonBytes(result)).toBeGreaterThan(LIMITS.resultBytes - 100);
    await commit(store, await completion(store, ID, 0, { kind: 'succeeded', result }));
    expect(await store.readOps(ID, 1)).toMatchObject([{ status: 'success', result, warnings: ['big'] }]);
  });

  it('stores results that only JSON can hold, and tells null from nothing', async () => {
    const store = await open();
    await commit(store, submission(ID, { spec: plainSpec(3) }));
    const odd = { huge: 1e300, deep: JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`), '': [''] };
    for (const [op, result] of [odd, null].entries()) {
      await commit(store, await start(store, ID, op));
      await commit(store, await completion(store, ID, op, { kind: 'succeeded', result }));
    }
    await commit(store, await start(store, ID, 2));
    await commit(store, await completion(store, ID, 2));
    const [first, second, third] = await store.readOps(ID, 1);
    expect(first).toMatchObject({ result: odd });
    expect(second).toMatchObject({ result: null });
    expect(third).not.toHaveProperty('result');
  });

  it('stores what failed, with its detail', async () => {
    const store = await open();
    await commit(store, submission(ID));
    await commit(store, await start(store, ID, 0));
    const error = {
      code: 'BadGateway',
      message: 'no answer',
      op: 0,
      detail: { status: 502, tries: [1e300] },
    };
    const change = await completion(store, ID, 0, { kind: 'failed', error });
    await commit(store, change);
    expect(await store.readOps(ID, 1)).toEqual(change.ops.map(({ op }) => op));
    expect(await store.readOps(ID, 1)).toMatchObject([{ status: 'tried', error }]);
  });

  it('stores a message that was cut in the middle of a character', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    await commit(store, addNote(job, { actor: 'ada', comment: '\u{1F600}'.slice(0, 1) }, RECEIVED_AT));
    const [entry] = await store.readJournal(ID, 1, 1);
    expect(entry?.message).toHaveLength(1);
  });

  it('never makes something of what is absent', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const withUndefined = { ...job, parent: undefined, natures: undefined };
    await commit(store, changeOf('clear effect', job, withUndefined, RECEIVED_AT, PLAIN));
    const read = await store.readJob(ID);
    expect(Object.keys(read ?? {}).sort()).toEqual(Object.keys(job).sort());
  });

  it('commits as many items at once as a transaction takes, and refuses more as a bug', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const lines = (count: number) =>
      changeOf('add log', job, job, RECEIVED_AT, {
        ...PLAIN,
        entries: Array.from({ length: count }, (_, n) => ({ kind: 'log' as const, message: `line ${n}` })),
      });
    await expect(store.commit(lines(100))).rejects.toThrow(
      'add log: a change of 101 items; one transaction takes 100',
    );
    expect(await store.readJob(ID)).toEqual(job);
    await commit(store, lines(99));
    expect(await store.readJournal(ID, 1, 200)).toHaveLength(99);
  });

  it('ends a job that was being cancelled as what won the race', async () => {
    const store = await open();
    await commit(store, submission(ID));
    await commit(store, await start(store, ID, 0));
    await commit(store, await completion(store, ID, 0));
    await commit(store, await cancel(store, ID));
    const end = await commit(store, await finish(store, ID));
    expect(end.status).toBe('COMPLETED_OK');
    expect(await store.readJob(ID)).toEqual(end);
  });
}

const PLAIN = { actor: 'jobplane' };
