import { expect, it } from 'vitest';
import { isDeleted } from '../../../core/job/delete-job.ts';
import { addNote } from '../../../core/job/journal-notes.ts';
import { recordRepair } from '../../../core/job/settle-debts.ts';
import { DUE_SHARDS } from '../../../core/ports/job-store.ts';
import {
  commit,
  deletion,
  jobId,
  plainSpec,
  RECEIVED_AT,
  stored,
  submission,
  wholeJob,
} from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const ID = jobId(1);
const LATER = RECEIVED_AT + 86_400_000;
/** Ops enough for more items than one request deletes. */
const OPS = 20;

export function removing(open: OpenStore): void {
  it('removes everything of a job that is marked for deletion', async () => {
    const store = await open();
    const spec = plainSpec(OPS);
    await wholeJob(store, ID, spec);
    const marked = await commit(store, await deletion(store, ID));
    await store.removeJob(marked);
    expect(await store.readJob(ID)).toBeNull();
    expect(await store.readSpec(ID)).toBeNull();
    expect(await store.readOps(ID, 1)).toEqual([]);
    expect(await store.readJournal(ID, 0, 100)).toEqual([]);
    for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
      expect(await store.listDue('owed', shard, { now: LATER, limit: 10 })).toEqual([]);
    }
  });

  it('does it again without harm', async () => {
    const store = await open();
    await wholeJob(store, ID);
    const marked = await commit(store, await deletion(store, ID));
    await store.removeJob(marked);
    await store.removeJob(marked);
    expect(await store.readJob(ID)).toBeNull();
  });

  it('does it for several at once', async () => {
    const store = await open();
    await wholeJob(store, ID, plainSpec(3));
    const marked = await commit(store, await deletion(store, ID));
    await Promise.all([store.removeJob(marked), store.removeJob(marked), store.removeJob(marked)]);
    expect(await store.readJob(ID)).toBeNull();
    expect(await store.readJournal(ID, 0, 100)).toEqual([]);
  });

  it('refuses a job that is not marked for deletion, and removes nothing of it', async () => {
    const store = await open();
    const job = await wholeJob(store, ID);
    const before = await stored(store, ID);
    await expect(store.removeJob(job)).rejects.toThrow(`job ${ID} is not marked for deletion`);
    expect(await stored(store, ID)).toEqual(before);
  });

  it('believes the stored head, and not the one it is given', async () => {
    const store = await open();
    await wholeJob(store, ID);
    const { job: marked } = await deletion(store, ID);
    expect(isDeleted(marked)).toBe(true);
    await expect(store.removeJob(marked)).rejects.toThrow(`job ${ID} is not marked for deletion`);
    expect(await store.readSpec(ID)).not.toBeNull();
  });

  it('removes a job whose head has changed since it was marked', async () => {
    const store = await open();
    await wholeJob(store, ID);
    const marked = await commit(store, await deletion(store, ID));
    for (const effect of marked.owed) {
      const repaired = recordRepair(marked, effect, LATER);
      if (repaired === null) throw new Error('the removal is owed');
      await commit(store, repaired);
    }
    await store.removeJob(marked);
    expect(await store.readJob(ID)).toBeNull();
  });

  it('leaves other jobs, and the record of the key it was submitted with', async () => {
    const store = await open();
    const other = await wholeJob(store, jobId(2));
    const record = { project: 'web', owner: 'ada', key: 'k', bodyHash: 'h', expiresAt: LATER };
    await commit(store, submission(ID, { idempotency: record }));
    await wholeJob(store, jobId(3));
    await store.removeJob(await commit(store, await deletion(store, jobId(3))));
    expect(await store.readJob(jobId(2))).toEqual(other);
    expect(await store.readIdempotency('web', 'ada', 'k')).toEqual({ ...record, jobId: ID });
  });

  it('lets nobody change a job that is gone', async () => {
    const store = await open();
    await wholeJob(store, ID);
    const marked = await commit(store, await deletion(store, ID));
    await store.removeJob(marked);
    const note = addNote(marked, { actor: 'ada', comment: 'late' }, LATER);
    expect(await store.commit(note)).toEqual({ ok: false, conflict: { kind: 'version', current: null } });
  });
}
