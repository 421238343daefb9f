import { expect, it } from 'vitest';
import type { Touch } from '../../../core/job/change.ts';
import type { Job } from '../../../core/job/job.ts';
import { QUEUE_SCHEMA_VERSION, type Queue } from '../../../core/queue/queue.ts';
import {
  commit,
  deletion,
  jobId,
  plainSpec,
  RECEIVED_AT,
  start,
  submission,
  wholeJob,
} from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';
import { changed, commitUsed, holdOf, LOCK, lineChange, noteWith, used, wholeLine } from '../line-steps.ts';

const ID = jobId(1);
const OTHER_ID = jobId(2);

export function touchingOthers(open: OpenStore): void {
  it('changes another job’s head with a job, or with a semaphore alone', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const other = await commit(store, submission(OTHER_ID));
    const first = touched(other);
    await commit(store, noteWith(job, { touched: [first] }));
    expect(await store.readJob(OTHER_ID)).toEqual(first.job);
    const second = touched(first.job);
    expect(await store.commitLines(lineChange([used(LOCK)], { touched: [second] }))).toEqual({ ok: true });
    expect(await store.readJob(OTHER_ID)).toEqual(second.job);
    expect(await store.readJournal(OTHER_ID, 0, 10)).toHaveLength(1);
    expect(await store.readSpec(OTHER_ID)).not.toBeNull();
  });

  it('refuses when another job has moved on or is gone, names it, and writes nothing', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const other = await commit(store, submission(OTHER_ID));
    const fine = await commit(store, submission(jobId(3)));
    const current = await commit(store, noteWith(other, {}));
    const gone = touched(submission(jobId(4)).job);
    for (const stale of [touched(other), gone]) {
      const parts = { semaphores: [used(LOCK, [holdOf(1)])], touched: [touched(fine), stale] };
      const refusal = { ok: false, conflict: { kind: 'touched', jobId: stale.job.id } };
      expect(await store.commit(noteWith(job, { ...parts, dependsOn: [fine.id] }))).toEqual(refusal);
      expect(await store.commitLines(lineChange(parts.semaphores, parts))).toEqual(refusal);
    }
    expect(await store.readJob(ID)).toEqual(job);
    expect(await store.readJob(OTHER_ID)).toEqual(current);
    expect(await store.readJob(fine.id)).toEqual(fine);
    expect(await store.readJob(jobId(4))).toBeNull();
    expect(await store.listDependents(fine.id, 10)).toEqual([]);
    expect(await wholeLine(store, LOCK)).toMatchObject({ semaphore: null, holds: [] });
  });

  it('names of several in the way the job, then its op, then the semaphore, then the other job', async () => {
    const store = await open();
    const job = await commit(store, submission(ID));
    const other = await commit(store, submission(OTHER_ID));
    const begun = await start(store, ID, 0);
    const ops = begun.ops.map(({ op }) => ({ before: 1, op }));
    const semaphores = [changed(used(LOCK).semaphore)];
    const stale = { before: 7, job: touched(other).job };
    const conflictOf = async (parts: Parameters<typeof noteWith>[1]) => {
      const answer = await store.commit(noteWith(job, { touched: [stale], ...parts }));
      return answer.ok ? null : answer.conflict;
    };
    expect(await conflictOf({ before: 7, ops, semaphores })).toEqual({ kind: 'version', current: job });
    expect(await conflictOf({ ops, semaphores })).toEqual({ kind: 'op', current: null });
    expect(await conflictOf({ semaphores })).toEqual({ kind: 'semaphore', key: LOCK });
    expect(await conflictOf({})).toEqual({ kind: 'touched', jobId: OTHER_ID });
    expect(await conflictOf({ touched: [] })).toBeNull();
  });

  it('names a used idempotency key before all of those', async () => {
    const store = await open();
    const record = { project: 'web', owner: 'ada', key: 'k', bodyHash: 'h', expiresAt: RECEIVED_AT + 1 };
    const change = submission(ID, { idempotency: record });
    await commit(store, change);
    const again = {
      ...change,
      semaphores: [changed(used(LOCK).semaphore)],
      touched: [touched(submission(OTHER_ID).job)],
    };
    expect(await store.commit(again)).toEqual({
      ok: false,
      conflict: { kind: 'idempotencyKey', record: { ...record, jobId: ID } },
    });
  });

  it('notes who waits for a job, lists them, and forgets those who were told', async () => {
    const store = await open();
    let job: Job = await commit(store, submission(ID));
    for (const n of [4, 2, 3]) {
      const touch = touched(job);
      job = touch.job;
      await commit(store, { ...submission(jobId(n)), touched: [touch], dependsOn: [ID] });
    }
    expect(await store.listDependents(ID, 10)).toEqual([2, 3, 4].map(jobId));
    expect(await store.listDependents(ID, 2)).toEqual([2, 3].map(jobId));
    expect(await store.listDependents(ID, 0)).toEqual([]);
    expect(await store.listDependents(jobId(2), 10)).toEqual([]);
    expect(await store.removeDependent(ID, jobId(3), 1)).toBe(true);
    // Safe to repeat.
    expect(await store.removeDependent(ID, jobId(3), 1)).toBe(true);
    expect(await store.listDependents(ID, 10)).toEqual([2, 4].map(jobId));
  });

  it('keeps who waits for a job that has another attempt since, and forgets them at the end of that', async () => {
    const store = await open();
    const first = touched(await commit(store, submission(ID)));
    await commit(store, { ...submission(OTHER_ID), touched: [first], dependsOn: [ID] });
    expect(await store.removeDependent(ID, OTHER_ID, 2)).toBe(false);
    const again = { ...touched(first.job).job, attempt: 2 };
    await commit(store, { ...noteWith(first.job, {}), job: again });
    expect(await store.removeDependent(ID, OTHER_ID, 1)).toBe(false);
    expect(await store.listDependents(ID, 10)).toEqual([OTHER_ID]);
    expect(await store.removeDependent(ID, OTHER_ID, 2)).toBe(true);
    expect(await store.listDependents(ID, 10)).toEqual([]);
  });

  it('has nobody to forget who waits for a job that is gone, or never was', async () => {
    const store = await open();
    const job = await wholeJob(store, ID, plainSpec());
    await commit(store, { ...submission(OTHER_ID), touched: [touched(job)], dependsOn: [ID] });
    await store.removeJob(await commit(store, await deletion(store, ID)));
    expect(await store.removeDependent(ID, OTHER_ID, 1)).toBe(false);
    expect(await store.removeDependent(jobId(9), OTHER_ID, 1)).toBe(false);
  });

  it('notes a dependent again without harm, who waits for several', async () => {
    const store = await open();
    const first = await commit(store, submission(ID));
    const second = await commit(store, submission(OTHER_ID));
    const waiter = await commit(store, {
      ...submission(jobId(3)),
      touched: [touched(first), touched(second)],
      dependsOn: [ID, OTHER_ID],
    });
    await commit(store, noteWith(waiter, { touched: [touched(touched(first).job)], dependsOn: [ID] }));
    expect(await store.listDependents(ID, 10)).toEqual([jobId(3)]);
    expect(await store.listDependents(OTHER_ID, 10)).toEqual([jobId(3)]);
  });

  it('removes with a job the notes of who waited for it', async () => {
    const store = await open();
    const job = await wholeJob(store, ID, plainSpec());
    await commit(store, { ...submission(OTHER_ID), touched: [touched(job)], dependsOn: [ID] });
    await store.removeJob(await commit(store, await deletion(store, ID)));
    expect(await store.listDependents(ID, 10)).toEqual([]);
    expect(await store.readJob(OTHER_ID)).not.toBeNull();
  });

  it('keeps a queue with its lines, and shows it to who decided on another', async () => {
    const store = await open();
    const first = queueOf({ maxRunning: 3 });
    expect(await store.readQueue('web', 'default')).toBeNull();
    const set = (queue: Queue, before: number | null) =>
      store.commitLines(lineChange([], { transition: 'set queue', queue: { before, queue } }));
    const ofNothing = { ok: false, conflict: { kind: 'queue', current: null } };
    expect(await set(queueOf({ version: 2 }), 1)).toEqual(ofNothing);
    expect(await set(first, null)).toEqual({ ok: true });
    expect(await store.readQueue('web', 'default')).toEqual(first);
    const refusal = { ok: false, conflict: { kind: 'queue', current: first } };
    expect(await set(first, null)).toEqual(refusal);
    expect(await set(queueOf({ version: 3 }), 2)).toEqual(refusal);
    const second = queueOf({ version: 2, paused: true, draining: true, maxAdmitted: 1_000_000 });
    expect(await set(second, 1)).toEqual({ ok: true });
    expect(await store.readQueue('web', 'default')).toEqual(second);
  });

  it('sets a queue and its lines together or not at all, and names the queue first', async () => {
    const store = await open();
    const semaphore = await commitUsed(store, used(LOCK));
    const other = await commit(store, submission(OTHER_ID));
    const parts = (before: number | null, ver: number, version: number) =>
      lineChange([changed(semaphore, { before: ver })], {
        touched: [{ before: version, job: touched(other).job }],
        queue: { before, queue: queueOf() },
      });
    expect(await store.commitLines(parts(7, 7, 7))).toMatchObject({ conflict: { kind: 'queue' } });
    expect(await store.commitLines(parts(null, 7, 7))).toMatchObject({ conflict: { kind: 'semaphore' } });
    expect(await store.commitLines(parts(null, 1, 7))).toMatchObject({ conflict: { kind: 'touched' } });
    expect(await store.readQueue('web', 'default')).toBeNull();
    expect((await wholeLine(store, LOCK)).semaphore).toEqual(semaphore);
    expect(await store.commitLines(parts(null, 1, 1))).toEqual({ ok: true });
    expect(await store.readQueue('web', 'default')).toEqual(queueOf());
    expect((await wholeLine(store, LOCK)).semaphore?.ver).toBe(2);
  });

  it('lists the queues of a project by name, and none of another', async () => {
    const store = await open();
    const queues = ['b', 'a', 'a/b'].map((name) => queueOf({ name }));
    const others = ['web2', 'web#QUEUE', 'we'].map((project) => queueOf({ project, name: 'other' }));
    for (const queue of [...queues, ...others]) {
      expect(await store.commitLines(lineChange([], { queue: { before: null, queue } }))).toEqual({
        ok: true,
      });
    }
    expect((await store.listQueues('web')).map(({ name }) => name)).toEqual(['a', 'a/b', 'b']);
    expect(await store.listQueues('web#QUEUE')).toEqual([queueOf({ project: 'web#QUEUE', name: 'other' })]);
    expect(await store.listQueues('api')).toEqual([]);
  });
}

/** A change of another job's head: here, that it is owed a look. */
function touched(job: Job): Touch {
  const owed = [{ kind: 'advance' as const, by: RECEIVED_AT }];
  return { before: job.version, job: { ...job, owed, version: job.version + 1 } };
}

function queueOf(parts: Partial<Queue> = {}): Queue {
  const common = { schema: QUEUE_SCHEMA_VERSION, project: 'web', name: 'default', version: 1 } as const;
  return { ...common, paused: false, draining: false, ...parts };
}
