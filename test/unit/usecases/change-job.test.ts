import { describe, expect, it } from 'vitest';
import type { Change } from '../../../core/job/change.ts';
import { addNote } from '../../../core/job/journal-notes.ts';
import { submitJob } from '../../../core/job/submit-job.ts';
import type { Committed } from '../../../core/ports/job-store.ts';
import { ContendedError, changeJob } from '../../../core/usecases/change-job.ts';
import { InMemoryJobStore } from '../../support/in-memory-job-store.ts';
import { RECEIVED, RUN_ID, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { StillSurroundings } from './recording-deps.ts';

/** A store that is contended for the first so many commits. */
class ContendedStore extends InMemoryJobStore {
  conflicts: number;

  constructor(conflicts: number) {
    super();
    this.conflicts = conflicts;
  }

  override async commit(change: Change): Promise<Committed> {
    if (change.before === null) return super.commit(change);
    this.conflicts -= 1;
    return this.conflicts >= 0 ? { ok: false, conflict: { kind: 'contention' } } : super.commit(change);
  }
}

async function contended(conflicts: number) {
  const store = new ContendedStore(conflicts);
  const surroundings = new StillSurroundings();
  const spec = specOf([{ name: 'one' }]);
  const context = { ...new LineWorld().facts(spec, RECEIVED), lineUp: true };
  await store.commit(submitJob(RUN_ID, spec, { user: 'ada', groups: [] }, context));
  let decisions = 0;
  const decide = async () => {
    decisions += 1;
    const job = await store.readJob(RUN_ID);
    return { change: job === null ? null : addNote(job, { actor: 'ada', comment: 'hi' }, RECEIVED) };
  };
  return { store, surroundings, decide, decisions: () => decisions };
}

describe('changing a job', () => {
  it('commits what was decided, once', async () => {
    const { store, surroundings, decide, decisions } = await contended(0);
    const { change } = await changeJob({ store, surroundings }, decide);
    expect(change?.job.version).toBe(2);
    expect(await store.readJob(RUN_ID)).toMatchObject({ version: 2 });
    expect([decisions(), surroundings.pauses]).toEqual([1, []]);
  });

  it('commits nothing when nothing is to be changed', async () => {
    const { store, surroundings } = await contended(0);
    expect(await changeJob({ store, surroundings }, async () => ({ change: null, said: 'no' }))).toEqual({
      change: null,
      said: 'no',
    });
    expect(await store.readJob(RUN_ID)).toMatchObject({ version: 1 });
  });

  it('decides again on what is stored then, after pauses that grow', async () => {
    const { store, surroundings, decide, decisions } = await contended(3);
    await changeJob({ store, surroundings }, decide);
    expect(decisions()).toBe(4);
    expect(surroundings.pauses).toEqual([12.5, 25, 50]);
    expect(store.journal(RUN_ID)).toHaveLength(2);
  });

  it('decides on what another has changed meanwhile', async () => {
    const { store, surroundings, decide } = await contended(0);
    let first = true;
    const overtaken = async () => {
      const decided = await decide();
      if (first) {
        first = false;
        await changeJob({ store, surroundings }, decide);
      }
      return decided;
    };
    await changeJob({ store, surroundings }, overtaken);
    expect(store.journal(RUN_ID).map(({ serial }) => serial)).toEqual([1, 2, 3]);
  });

  it('gives up after 22 conflicts and says that nothing was changed', async () => {
    const { store, surroundings, decide, decisions } = await contended(99);
    await expect(changeJob({ store, surroundings }, decide)).rejects.toThrow(ContendedError);
    expect(decisions()).toBe(22);
    expect(await store.readJob(RUN_ID)).toMatchObject({ version: 1 });
  });

  it('takes a conflict for an answer where it is one', async () => {
    const { store, surroundings, decide, decisions } = await contended(99);
    const stopped = await changeJob({ store, surroundings }, decide, (conflict) => conflict.kind);
    expect([stopped, decisions()]).toEqual(['contention', 1]);
  });
});
