import type { Change, LineChange } from '../../core/job/change.ts';
import type { Job } from '../../core/job/job.ts';
import type { OwedEffect } from '../../core/job/owed-effect.ts';
import { isSettled } from '../../core/job/status.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { Committed, JobStore } from '../../core/ports/job-store.ts';
import type { SemaphoreChange } from '../../core/semaphore/line.ts';
import type { SemaphoreKey } from '../../core/semaphore/semaphore.ts';
import { describeMutants, type Mutant } from '../support/simulation/describe-mutants.ts';
import type { Mutation } from '../support/simulation/mutation.ts';
import { verbsOf } from '../support/simulation/verbs-of.ts';

/** What a change does beside its own job. */
type Beside = Pick<Change, 'semaphores' | 'touched'>;

const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a store that drops the version condition of semaphores': {
    breaks: 'counts',
    mutation: { store: withoutLineVersions },
  },
  'a grant that does not raise the fence': {
    breaks: 'fences',
    mutation: rewriting(withOldFence),
  },
  'a grant that is released twice': {
    breaks: 'releasedOnce',
    mutation: releasingTwice(),
  },
  'a release that comes late, without the fence and the version that owe it': {
    breaks: 'keepsHolds',
    mutation: releasingLate(),
  },
  'a cancelled waiter whose place is deleted in a transaction of its own': {
    breaks: 'deadWaiter',
    mutation: { deps: removingLater },
  },
  'a waiter that is removed without granting the next that fits': {
    breaks: 'handedOn',
    mutation: rewriting(withoutHandOn),
  },
  'a newcomer that overtakes those who wait': {
    breaks: 'ranked',
    mutation: { deps: (deps, process) => (process.startsWith('api submit') ? blindToLines(deps) : deps) },
  },
  'a hand-off that does not make the waiter due': {
    breaks: 'waitersAreDue',
    mutation: rewriting((change) => ({ ...change, touched: change.touched.map(withoutDue) })),
  },
  'a due mark that is cleared unconditionally': {
    breaks: 'handedOn',
    mutation: rewriting((change) => ({ ...change, semaphores: change.semaphores.map(withoutDueMark) })),
  },
  'an owed release that is forgotten': { breaks: 'leaked', mutation: forgetting('release') },
  'an owed word to dependents that is forgotten': { breaks: 'waitersAreDue', mutation: forgetting('tell') },
  'an owed decision of admission that is forgotten': {
    breaks: 'waitersAreDue',
    mutation: forgetting('advance'),
  },
  'an owed schedule that is forgotten': { breaks: 'schedules', mutation: forgetting('schedule') },
  'a schedule that is left though nobody waits for it': {
    breaks: 'schedules',
    mutation: forgetting('unschedule'),
  },
};

describeMutants('contention', MUTANTS);

/** Every change is committed as this makes it. */
function rewriting(
  rewrite: (change: Beside & { readonly job?: Job }) => Beside & { readonly job?: Job },
): Mutation {
  return {
    deps: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        commit: (change) => {
          const { job = change.job, semaphores, touched } = rewrite(change);
          return deps.store.commit({ ...change, job, semaphores, touched });
        },
        commitLines: (change) => {
          const { semaphores, touched } = rewrite(change);
          return deps.store.commitLines({ ...change, semaphores, touched });
        },
      },
    }),
  };
}

/** Semaphores are written over whatever they have become since they were read. */
function withoutLineVersions(store: JobStore): JobStore {
  const unguarded = (semaphores: readonly SemaphoreChange[]) =>
    Promise.all(
      semaphores.map(async (change) => {
        const [line] = await store.readLines([change.semaphore]);
        return { ...change, before: line?.semaphore?.ver ?? 0 };
      }),
    );
  return {
    ...verbsOf(store),
    commit: async (change) => store.commit({ ...change, semaphores: await unguarded(change.semaphores) }),
    commitLines: async (change) =>
      store.commitLines({ ...change, semaphores: await unguarded(change.semaphores) }),
  };
}

/** Grants under the fence of the grant before, in the semaphore, the hold and the head. */
function withOldFence(change: Beside & { readonly job?: Job }): Beside & { readonly job?: Job } {
  const raised = new Map<number, ReadonlySet<string>>();
  const semaphores = change.semaphores.map((semaphore): SemaphoreChange => {
    const { fence } = semaphore.semaphore;
    if (semaphore.putHolds.length === 0 || fence < 2) return semaphore;
    raised.set(fence, new Set(semaphore.putHolds.map(({ jobId }) => jobId)));
    return {
      ...semaphore,
      semaphore: { ...semaphore.semaphore, fence: fence - 1 },
      putHolds: semaphore.putHolds.map((grant) => ({ ...grant, fence: fence - 1 })),
    };
  });
  const lowered = <Head extends Job>(job: Head): Head => ({
    ...job,
    holds: job.holds.map((held) =>
      raised.get(held.fence)?.has(job.id) === true ? { ...held, fence: held.fence - 1 } : held,
    ),
  });
  return {
    ...change,
    ...(change.job === undefined ? {} : { job: lowered(change.job) }),
    semaphores,
    touched: change.touched.map((touch) => ({ ...touch, job: lowered(touch.job) })),
  };
}

/** Whatever was given back is given back once more, by a store that does not ask whether it is there. */
function releasingTwice(): Mutation {
  return {
    store: (store) => ({
      ...verbsOf(store),
      commitLines: (change) =>
        store.commitLines({
          ...change,
          semaphores: change.semaphores.map((semaphore) => ({ ...semaphore, deleteHolds: [] })),
        }),
    }),
    deps: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        commit: async (change) => {
          const committed = await deps.store.commit(change);
          if (!committed.ok) return committed;
          // By the job's own head once more, as a call that was repeated without its guards would.
          for (const semaphore of change.semaphores) {
            if (semaphore.deleteHolds.length > 0) await deps.store.commitLines(releasedAgain(semaphore));
          }
          return committed;
        },
      },
    }),
  };
}

function releasedAgain(given: SemaphoreChange): LineChange {
  const { semaphore, deleteHolds } = given;
  const units = deleteHolds.reduce((sum, hold) => sum + hold.units, 0);
  return {
    transition: 'grant next',
    touched: [],
    semaphores: [
      {
        before: semaphore.ver,
        semaphore: { ...semaphore, held: Math.max(0, semaphore.held - units), ver: semaphore.ver + 1 },
        deleteHolds,
        putHolds: [],
        putWaits: [],
        deleteWaits: [],
      },
    ],
  };
}

/** Each sweep repeats the releases that there ever were, on whatever the job holds by then. */
function releasingLate(): Mutation {
  const released: { readonly key: SemaphoreKey; readonly jobId: string }[] = [];
  return {
    deps: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        commit: async (change) => {
          const committed = await deps.store.commit(change);
          for (const { semaphore, deleteHolds } of committed.ok ? change.semaphores : []) {
            const { scope, kind, name } = semaphore;
            for (const { jobId } of deleteHolds) released.push({ key: { scope, kind, name }, jobId });
          }
          return committed;
        },
      },
    }),
    controlPlane: (real) => ({
      ...real,
      sweep: async (deps) => {
        for (const { key, jobId } of released.splice(0)) await releaseWhateverIsHeld(deps, key, jobId);
        return real.sweep(deps);
      },
    }),
  };
}

async function releaseWhateverIsHeld(
  { store }: Deps,
  key: SemaphoreKey,
  jobId: string,
): Promise<Committed | null> {
  const [line] = await store.readLines([key]);
  const held = (await store.readHolds(key, 100)).filter((hold) => hold.jobId === jobId);
  if (held.length === 0 || line?.semaphore === undefined || line.semaphore === null) return null;
  const given = { before: 0, semaphore: line.semaphore, deleteHolds: held };
  return store.commitLines(releasedAgain({ ...given, putHolds: [], putWaits: [], deleteWaits: [] }));
}

/** The job ends first; its place in line, and whoever moves up by that, follow. */
function removingLater(deps: Deps): Deps {
  return {
    ...deps,
    store: {
      ...deps.store,
      commit: async (change) => {
        const later = change.semaphores.filter(({ deleteWaits }) =>
          deleteWaits.some(({ jobId }) => jobId === change.job.id),
        );
        if (!isSettled(change.job.status) || later.length === 0) return deps.store.commit(change);
        const semaphores = change.semaphores.filter((semaphore) => !later.includes(semaphore));
        const committed = await deps.store.commit({ ...change, semaphores, touched: [] });
        if (committed.ok) {
          await deps.store.commitLines({
            transition: 'grant next',
            semaphores: later,
            touched: change.touched,
          });
        }
        return committed;
      },
    },
  };
}

/** Whoever leaves a line leaves it, and nobody moves up. */
function withoutHandOn(change: Beside & { readonly job?: Job }): Beside & { readonly job?: Job } {
  const { job } = change;
  const stays = new Set<string>();
  const semaphores = change.semaphores.map((semaphore): SemaphoreChange => {
    const leaves = semaphore.deleteWaits.some(({ jobId }) => jobId === job?.id);
    const next = semaphore.putHolds.find(({ jobId }) => jobId !== job?.id);
    if (!leaves || next === undefined) return semaphore;
    stays.add(next.jobId);
    const { dueAt: _due, ...head } = semaphore.semaphore;
    return {
      ...semaphore,
      semaphore: {
        ...head,
        held: head.held - next.units,
        waiting: head.waiting + 1,
        fence: head.fence - 1,
      },
      putHolds: [],
      deleteWaits: semaphore.deleteWaits.filter(({ jobId }) => jobId !== next.jobId),
    };
  });
  return { ...change, semaphores, touched: change.touched.filter((touch) => !stays.has(touch.job.id)) };
}

/** Does not see who waits. */
function blindToLines(deps: Deps): Deps {
  return {
    ...deps,
    store: {
      ...deps.store,
      readLines: async (keys) =>
        (await deps.store.readLines(keys)).map(({ semaphore }) => ({ semaphore, first: [] })),
    },
  };
}

function withoutDue(touch: Change['touched'][number]): Change['touched'][number] {
  return { ...touch, job: withoutOwed(touch.job, 'advance') };
}

function withoutDueMark(change: SemaphoreChange): SemaphoreChange {
  const { dueAt: _due, ...semaphore } = change.semaphore;
  return { ...change, semaphore };
}

/** Nobody ever owes such an effect. */
function forgetting(kind: OwedEffect['kind']): Mutation {
  return rewriting((change) => ({
    ...change,
    ...(change.job === undefined ? {} : { job: withoutOwed(change.job, kind) }),
    touched: change.touched.map((touch) => ({ ...touch, job: withoutOwed(touch.job, kind) })),
  }));
}

function withoutOwed<Head extends Job>(job: Head, kind: OwedEffect['kind']): Head {
  return { ...job, owed: job.owed.filter((effect) => effect.kind !== kind) };
}
