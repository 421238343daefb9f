import type { Group, GroupRef } from '../../core/children/group.ts';
import type { Change } from '../../core/job/change.ts';
import { EFFECT_OWED_MS, type OwedEffect } from '../../core/job/owed-effect.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { describeMutants, type Mutant } from '../support/simulation/describe-mutants.ts';
import { verbsOf } from '../support/simulation/verbs-of.ts';

const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a child is counted twice': { breaks: 'countedOnce', mutation: { store: countingTwice } },
  'a parent forgets to close its group as it is canceled': {
    breaks: 'familyEnds',
    mutation: {
      deps: (deps) =>
        committing(deps, async ({ group, ...change }) =>
          change.transition === 'cancel job' || group === undefined ? change : { ...change, group },
        ),
    },
  },
  'a parent keeps its slot while it waits': {
    breaks: 'slotless',
    mutation: { deps: (deps) => committing(deps, (change) => keepingItsSlot(deps, change)) },
  },
  'what a parent holds is given back by force although its children live': {
    breaks: 'holdsForChildren',
    mutation: { deps: (deps) => committing(deps, async (change) => givingBackAtOnce(change)) },
  },
  'a child asks for what its parent holds': {
    breaks: 'inherits',
    mutation: { deps: (deps, process) => (process.startsWith('Do one') ? holdingNothing(deps) : deps) },
  },
  'the last child that is counted does not tell its parent': {
    breaks: 'owedIsDone',
    mutation: {
      deps: (deps) => ({
        ...deps,
        store: {
          ...deps.store,
          countChild: async (...asked) => {
            const group = await deps.store.countChild(...asked);
            return group && { ...group, settled: 0 };
          },
        },
      }),
    },
  },
  'a closed group takes children still': {
    breaks: 'closedMakesNone',
    mutation: {
      store: (store) => ({
        ...verbsOf(store),
        commit: async ({ child, ...change }) => {
          const committed = await store.commit(child === undefined ? change : { ...change, child });
          const isClosed = !committed.ok && committed.conflict.kind === 'group' && child !== undefined;
          return isClosed ? store.commit(change) : committed;
        },
      }),
    },
  },
  'an op of children fails by none of them': {
    breaks: 'familyOutcome',
    mutation: {
      deps: (deps) => ({
        ...deps,
        store: {
          ...deps.store,
          readGroup: async (ref) => {
            const group = await deps.store.readGroup(ref);
            return group && { ...group, unsuccessful: 0 };
          },
        },
      }),
    },
  },
  'what was made for children is undone in none of them': {
    breaks: 'undone',
    mutation: {
      controlPlane: (real) => ({
        ...real,
        makeChildren: async (deps, batch) => {
          if (batch.verb !== 'undo') return real.makeChildren(deps, batch);
          const readOps: JobStore['readOps'] = async () => [];
          return real.makeChildren({ ...deps, store: { ...deps.store, readOps } }, batch);
        },
      }),
    },
  },
};

describeMutants('families', MUTANTS);

function committing(deps: Deps, rewrite: (change: Change) => Promise<Change>): Deps {
  return {
    ...deps,
    store: { ...deps.store, commit: async (change) => deps.store.commit(await rewrite(change)) },
  };
}

/** Every repeat counts again. */
function countingTwice(store: JobStore): JobStore {
  const counted = new Set<string>();
  const repeats = new Map<string, number>();
  const withRepeats = (group: Group | null) =>
    group && { ...group, settled: group.settled + (repeats.get(nameOf(group)) ?? 0) };
  return {
    ...verbsOf(store),
    readGroup: async (ref) => withRepeats(await store.readGroup(ref)),
    countChild: async (ref, child, outcome) => {
      const name = `${nameOf(ref)}/${child}`;
      if (counted.has(name)) repeats.set(nameOf(ref), (repeats.get(nameOf(ref)) ?? 0) + 1);
      counted.add(name);
      return withRepeats(await store.countChild(ref, child, outcome));
    },
  };
}

function nameOf({ jobId, attempt, op, try: number }: GroupRef): string {
  return `${jobId}/${attempt}/${op}/${number}`;
}

async function keepingItsSlot({ store }: Deps, change: Change): Promise<Change> {
  const { job } = change;
  if (change.transition !== 'start op' || change.group?.kind !== 'open' || !('slot' in job)) return change;
  const before = await store.readJob(job.id);
  const { slot: _given, ...kept } = job;
  return { ...change, job: { ...kept, holds: before?.holds ?? [] }, semaphores: [], touched: [] };
}

function givingBackAtOnce(change: Change): Change {
  const { children, ...job } = change.job;
  if (change.transition !== 'force end' || children === undefined || job.holds.length === 0) return change;
  const [at = 0] = change.entries.map((entry) => entry.at);
  const release: OwedEffect = { kind: 'release', by: at + EFFECT_OWED_MS };
  return { ...change, job: { ...job, owed: [...job.owed, release] } };
}

/** Parents show nothing that they hold. */
function holdingNothing(deps: Deps): Deps {
  const readSpec: JobStore['readSpec'] = async (id) => {
    const spec = await deps.store.readSpec(id);
    return spec && { ...spec, locks: [], resources: [] };
  };
  return { ...deps, store: { ...deps.store, readSpec } };
}
