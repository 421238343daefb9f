import { expect, it } from 'vitest';
import { type JobSpec, jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { jsonBytes } from '../../../core/contract/limits.ts';
import type { IdempotencyRecord } from '../../../core/job/change.ts';
import { addNote } from '../../../core/job/journal-notes.ts';
import { commit, jobId, plainSpec, RECEIVED_AT, submission } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const ID = jobId(1);
const OTHER_ID = jobId(2);
const DAY_MS = 86_400_000;

export function submitting(open: OpenStore): void {
  it('reads a new job back as it was submitted', async () => {
    const store = await open();
    const change = submission(ID, { spec: plainSpec(3) });
    await commit(store, change);
    expect(await store.readJob(ID)).toEqual(change.job);
    expect(await store.readSpec(ID)).toEqual(change.spec);
    expect(await store.readJournal(ID, 0, 10)).toEqual(change.entries);
    expect(await store.readOps(ID, 1)).toEqual([]);
  });

  it('knows nothing of a job that was never submitted', async () => {
    const store = await open();
    expect(await store.readJob(ID)).toBeNull();
    expect(await store.readSpec(ID)).toBeNull();
    expect(await store.readJournal(ID, 0, 10)).toEqual([]);
    expect(await store.readOps(ID, 1)).toEqual([]);
    expect(await store.readIdempotency('web', 'ada', 'key')).toBeNull();
  });

  it('refuses an id that is taken, and shows the job that has it', async () => {
    const store = await open();
    const first = await commit(store, submission(ID, { spec: plainSpec(1, 'first') }));
    const second = await store.commit(submission(ID, { spec: plainSpec(1, 'second') }));
    expect(second).toEqual({ ok: false, conflict: { kind: 'version', current: first } });
    expect((await store.readSpec(ID))?.name).toBe('first');
  });

  it('refuses a used idempotency key with what it was used for, for the same body and for another', async () => {
    const store = await open();
    const record = recordOf('key');
    await commit(store, submission(ID, { idempotency: record }));
    const refusal = { ok: false, conflict: { kind: 'idempotencyKey', record: { ...record, jobId: ID } } };
    expect(await store.commit(submission(OTHER_ID, { idempotency: record }))).toEqual(refusal);
    const other = { ...record, bodyHash: 'of another body' };
    expect(await store.commit(submission(OTHER_ID, { idempotency: other }))).toEqual(refusal);
    expect(await store.readJob(OTHER_ID)).toBeNull();
    expect(await store.readIdempotency('web', 'ada', 'key')).toEqual({ ...record, jobId: ID });
  });

  it('shows the used key rather than the taken id to a submission that comes again as it was', async () => {
    const store = await open();
    const change = submission(ID, { idempotency: recordOf('key') });
    const job = await commit(store, change);
    await commit(store, addNote(job, { actor: 'ada', comment: 'has moved on' }, RECEIVED_AT));
    expect(await store.commit(change)).toMatchObject({ conflict: { kind: 'idempotencyKey' } });
  });

  it('takes a key again when its record has expired, deleted or not', async () => {
    const store = await open();
    const record = recordOf('key');
    await commit(store, submission(ID, { idempotency: record }));
    const renewed = { ...record, expiresAt: record.expiresAt + DAY_MS };
    await commit(store, submission(OTHER_ID, { at: record.expiresAt, idempotency: renewed }));
    expect(await store.readIdempotency('web', 'ada', 'key')).toEqual({ ...renewed, jobId: OTHER_ID });
  });

  it('keeps keys apart whose project, owner and key only look the same when joined', async () => {
    const store = await open();
    const owned = [
      { project: 'web', owner: 'ada#b', key: 'c' },
      { project: 'web', owner: 'ada', key: 'b#c' },
      { project: 'web#ada', owner: 'b', key: 'c' },
      { project: 'web', owner: 'ada%23b', key: 'c' },
      { project: 'web', owner: 'ada\u0000', key: 'c' },
      { project: 'web', owner: 'ada%00', key: 'c' },
    ];
    for (const [n, parts] of owned.entries()) {
      await commit(store, submission(jobId(n), { idempotency: { ...recordOf('key'), ...parts } }));
    }
    for (const [n, { project, owner, key }] of owned.entries()) {
      expect((await store.readIdempotency(project, owner, key))?.jobId).toBe(jobId(n));
    }
  });

  it('keeps keys apart that differ in half a character, which UTF-8 cannot tell', async () => {
    const store = await open();
    await commit(store, submission(ID, { idempotency: recordOf('key\uD800') }));
    expect(await store.readIdempotency('web', 'ada', 'key\uD801')).toBeNull();
  });

  it('stores the largest specification as it is', async () => {
    const store = await open();
    const spec = largeSpec(250 * 1024);
    expect(jsonBytes(spec)).toBeGreaterThan(250 * 1024);
    await commit(store, submission(ID, { spec }));
    expect(await store.readSpec(ID)).toEqual(spec);
  });

  it('stores inputs that only JSON can hold: deep, huge, tiny, empty', async () => {
    const store = await open();
    const input = {
      deep: JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`),
      huge: [1e300, 1.7976931348623157e308, 1.2345678901234567e19],
      tiny: 5e-324,
      empty: { '': ['', {}, [], null] },
      half: '\uD800',
    };
    const spec = jobSpecSchema.parse({
      name: 'odd',
      project: 'web',
      ops: [{ name: 'a', action: 'b', input }],
    });
    await commit(store, submission(ID, { spec }));
    expect((await store.readSpec(ID))?.ops[0]?.input).toEqual(input);
  });

  it('is not changed by who changes the specification afterwards', async () => {
    const store = await open();
    const spec: JobSpec = plainSpec();
    await commit(store, submission(ID, { spec }));
    spec.labels['late'] = 'change';
    expect((await store.readSpec(ID))?.labels).toEqual({});
    expect((await store.readJob(ID))?.labels).toEqual({});
  });
}

function recordOf(key: string): Omit<IdempotencyRecord, 'jobId'> {
  const expiresAt = RECEIVED_AT + DAY_MS;
  return { project: 'web', owner: 'ada', key, bodyHash: 'of the body', expiresAt };
}

function largeSpec(bytes: number): JobSpec {
  const spec = plainSpec(5);
  const share = 'é'.repeat(Math.ceil(bytes / spec.ops.length / 2));
  return { ...spec, ops: spec.ops.map((op) => ({ ...op, input: { text: share } })) };
}
