import type { Change } from '../../core/job/change.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { describeMutants, type Mutant } from '../support/simulation/describe-mutants.ts';
import { verbsOf } from '../support/simulation/verbs-of.ts';

const MUTANTS: Readonly<Record<string, Mutant>> = {
  'the store ignores the version that was decided on': {
    breaks: 'gapFree',
    mutation: { store: withoutVersions },
  },
  'the store forgets that an Idempotency-Key was used': {
    breaks: 'harmless',
    mutation: {
      store: (store) => ({
        ...verbsOf(store),
        commit: ({ idempotency: _forgotten, ...change }) => store.commit(change),
      }),
    },
  },
  'the store loses a journal entry': {
    breaks: 'stored',
    mutation: {
      store: (store) => ({
        ...verbsOf(store),
        commit: (change) => store.commit({ ...change, entries: change.entries.slice(0, 1) }),
      }),
    },
  },
  'a completion is not checked for its try': {
    breaks: 'lateDoesNothing',
    mutation: {
      controlPlane: (real) => ({
        ...real,
        async completeTry(deps, jobId, { nonce: _nonce, ...completion }) {
          const [op] = await deps.store.readSomeOps(jobId, completion.attempt, [completion.op]);
          return real.completeTry(deps, jobId, { ...completion, try: op?.try ?? completion.try });
        },
      }),
    },
  },
  'a token is answered before the commit': {
    breaks: 'answersFollow',
    mutation: { deps: answeringFirst },
  },
  'the sweeper takes a start for done and it was not': {
    breaks: 'owedIsDone',
    mutation: {
      deps: (deps, process) =>
        process.startsWith('sweep')
          ? { ...deps, executions: { ...deps.executions, start: async () => 'started' } }
          : deps,
    },
  },
  'an effect is forgotten with the commit that owes it': {
    breaks: 'liveness',
    mutation: {
      deps: (deps) => ({
        ...deps,
        store: {
          ...deps.store,
          commit: (change) => deps.store.commit({ ...change, job: { ...change.job, owed: [] } }),
        },
      }),
    },
  },
  'the sweeper never looks': {
    breaks: 'owedIsDone',
    mutation: {
      controlPlane: (real) => ({
        ...real,
        sweep: async () => ({
          looked: 0,
          repaired: 0,
          repairs: {},
          oldestOwedMs: 0,
          granted: 0,
          abended: 0,
          failed: 0,
        }),
      }),
    },
  },
  'a superseded execution serves the job all the same': {
    breaks: 'serves',
    mutation: {
      controlPlane: (real) => ({
        ...real,
        async performOp(deps, jobId, command) {
          const job = await deps.store.readJob(jobId);
          const segment = job !== null && 'segment' in job ? job.segment : command;
          return real.performOp(deps, jobId, { ...command, group: segment.group, number: segment.number });
        },
      }),
    },
  },
  'rollbacks run in the order of their ops': {
    breaks: 'rollbacks',
    mutation: {
      controlPlane: (real) => ({
        ...real,
        planRecovery: async (...asked) => (await real.planRecovery(...asked)).toReversed(),
      }),
    },
  },
  'a job that failed recovers from nothing': {
    breaks: 'rollbacks',
    mutation: {
      controlPlane: (real) => ({
        ...real,
        planRecovery: async (...asked) => (await real.planRecovery(...asked)).slice(0, 0),
      }),
    },
  },
  'a try is marked as dispatched and never was': {
    breaks: 'dispatch',
    mutation: {
      deps: (deps) => ({
        ...deps,
        actions: { ...deps.actions, dispatch: async () => ({ kind: 'accepted' }) },
      }),
    },
  },
  'what an op does on its error is lost on submission': {
    breaks: 'asSpecified',
    mutation: {
      controlPlane: (real) => ({
        ...real,
        submitJob: (deps, submission) => {
          const ops = submission.spec.ops.map(({ trap: _trap, ...op }) => ({
            ...op,
            onError: 'fail' as const,
          }));
          return real.submitJob(deps, { ...submission, spec: { ...submission.spec, ops } });
        },
      }),
    },
  },
  'a worker is refused although its completion was taken': {
    breaks: 'results',
    mutation: {
      controlPlane: (real) => ({
        ...real,
        completeTry: (deps, jobId, completion) =>
          real.completeTry(deps, jobId, { ...completion, outcome: { kind: 'succeeded', result: 'another' } }),
      }),
    },
  },
};

describeMutants('jobs', MUTANTS);

/** Every change is written over whatever is there; entries whose serials are taken are lost. */
function withoutVersions(store: JobStore): JobStore {
  return {
    ...verbsOf(store),
    async commit(change: Change) {
      const current = await store.readJob(change.job.id);
      const taken = current?.logSerial ?? 0;
      const ops = await Promise.all(
        change.ops.map(async ({ op }) => {
          const [stored] = await store.readSomeOps(op.jobId, op.attempt, [op.index]);
          return { before: stored?.version ?? null, op };
        }),
      );
      const entries = change.entries.filter(({ serial }) => serial > taken);
      return store.commit({ ...change, before: current?.version ?? null, entries, ops });
    },
  };
}

/** First the answer that the commit will owe, and then the commit. */
function answeringFirst(deps: Deps): Deps {
  return {
    ...deps,
    store: {
      ...deps.store,
      async commit(change) {
        const [write] = change.ops;
        if (change.transition === 'complete op' && write?.op.token !== undefined) {
          await deps.executions.answer(write.op.token, { kind: 'success', output: {} });
        }
        return deps.store.commit(change);
      },
    },
  };
}
