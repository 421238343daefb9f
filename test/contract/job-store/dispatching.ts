import { expect, it } from 'vitest';
import type { RunningOp } from '../../../core/op/op.ts';
import type { JobStore } from '../../../core/ports/job-store.ts';
import { cancel, commit, completion, jobId, start, submission } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';

const ID = jobId(1);
const RACES = 20;

export function dispatching(open: OpenStore): void {
  it('changes the op and leaves the head and the journal alone', async () => {
    const store = await open();
    const op = await begin(store);
    const [head, journal] = [await store.readJob(ID), await store.readJournal(ID, 0, 10)];
    expect(await store.markDispatched(op)).toBe(true);
    expect(await store.readOps(ID, 1)).toEqual([{ ...op, dispatched: true, version: op.version + 1 }]);
    expect(await store.readJob(ID)).toEqual(head);
    expect(await store.readJournal(ID, 0, 10)).toEqual(journal);
  });

  it('holds while the job is changed, cancelled even', async () => {
    const store = await open();
    const op = await begin(store);
    await commit(store, await cancel(store, ID));
    expect(await store.markDispatched(op)).toBe(true);
  });

  it('says so when the op has been completed meanwhile, and changes nothing', async () => {
    const store = await open();
    const op = await begin(store);
    await commit(store, await completion(store, ID, 0));
    const completed = await store.readOps(ID, 1);
    expect(await store.markDispatched(op)).toBe(false);
    for (const done of completed) expect(await store.markDispatched(done)).toBe(false);
    expect(await store.readOps(ID, 1)).toEqual(completed);
  });

  it('says so when the try was marked before', async () => {
    const store = await open();
    const op = await begin(store);
    expect(await store.markDispatched(op)).toBe(true);
    expect(await store.markDispatched(op)).toBe(false);
  });

  it('leaves either the mark or the completion standing when both come at once, and tells the other', async () => {
    const store = await open();
    for (let n = 0; n < RACES; n += 1) {
      const id = jobId(n);
      const op = await begin(store, id);
      const done = await completion(store, id, 0);
      const [marked, committed] = await Promise.all([store.markDispatched(op), store.commit(done)]);
      const [current] = await store.readOps(id, 1);
      if (marked) {
        expect(current).toMatchObject({ status: 'running', dispatched: true });
        expect(committed).toMatchObject({ ok: false });
      } else {
        expect(committed).toEqual({ ok: true });
        expect(current).toEqual(done.ops[0]?.op);
      }
    }
  });
}

async function begin(store: JobStore, id = ID): Promise<RunningOp> {
  await commit(store, submission(id));
  await commit(store, await start(store, id, 0));
  const [op] = await store.readOps(id, 1);
  if (op?.status !== 'running') throw new Error('the op has not started');
  return op;
}
