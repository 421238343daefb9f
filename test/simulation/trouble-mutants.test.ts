import type { Change, Transition } from '../../core/job/change.ts';
import type { Job } from '../../core/job/job.ts';
import type { Op } from '../../core/op/op.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { describeMutants, type Mutant } from '../support/simulation/describe-mutants.ts';
import type { Mutation } from '../support/simulation/mutation.ts';

/** Mistakes with traps, pauses and further attempts that one job by itself shows. */
const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a trap is answered in a job that is not trapped': {
    breaks: 'moves',
    mutation: reading((process) => process.startsWith('api answer'), asIfTrapped),
  },
  'the timeout of a trap answers although its countdown stands still': {
    breaks: 'moves',
    mutation: reading((process) => process.startsWith('sweep'), withRunningCountdown),
  },
  'the retries of the timeout of a trap are not counted': {
    breaks: 'trapped',
    mutation: committing('answer trap', (change) => ({
      ...change,
      ops: change.ops.map(({ before, op }) => ({ before, op: withoutRetries(op) })),
    })),
  },
  'an op that is skipped reads as if it had succeeded': {
    breaks: 'trapped',
    mutation: committing('answer trap', (change) => ({
      ...change,
      ops: change.ops.map(({ before, op }) => ({ before, op: withoutSkipped(op) })),
    })),
  },
  'an answer to a trap that is not told to its execution': {
    breaks: 'trapped',
    mutation: committing('answer trap', (change) => ({ ...change, job: { ...change.job, owed: [] } })),
  },
  'a job goes on although the answer to its trap was abort': {
    breaks: 'answersFollow',
    mutation: {
      deps: (deps) => ({
        ...deps,
        executions: {
          ...deps.executions,
          answer: (token, answer) =>
            deps.executions.answer(
              token,
              answer.kind === 'success' && answer.output['next'] === 'failed'
                ? { kind: 'success', output: { next: 'go on' } }
                : answer,
            ),
        },
      }),
    },
  },
  'a job that is to pause starts its next op': {
    breaks: 'heldStill',
    mutation: reading((process) => process.startsWith('Perform'), withoutPauseRequest),
  },
  'a pause that lasts longer than its window': {
    breaks: 'heldStill',
    mutation: reading((process) => process.startsWith('sweep'), withLongerPause),
  },
  'an execution is handed over and the old one is not stopped': {
    breaks: 'heldStill',
    mutation: committing('continue in next segment', (change) => ({
      ...change,
      job: { ...change.job, owed: change.job.owed.filter(({ kind }) => kind !== 'stop') },
    })),
  },
  'an execution is taken for stopped and was not': {
    breaks: 'owedIsDone',
    mutation: { deps: (deps) => ({ ...deps, executions: { ...deps.executions, stop: async () => {} } }) },
  },
  'a rerun that is the same attempt': {
    breaks: 'attempts',
    mutation: committing('rerun job', (change) => ({
      ...change,
      job: { ...change.job, attempt: change.job.attempt - 1 },
    })),
  },
  'a rerun that begins behind an op that was undone': {
    breaks: 'attempts',
    mutation: { deps: (deps, process) => (process.startsWith('api rerun') ? blindToUndoing(deps) : deps) },
  },
  'a rerun that forgets what an earlier attempt has left': {
    breaks: 'attempts',
    mutation: committing('rerun job', (change) => ({ ...change, job: withoutLeftBehind(change.job) })),
  },
  'a manual rollback that undoes once more what was undone': {
    breaks: 'rollbacks',
    mutation: { deps: blindToRollbacks },
  },
  'a manual rollback of the latest attempt alone': {
    breaks: 'rollbacks',
    mutation: { deps: blindToEarlierAttempts },
  },
};

describeMutants('jobs', MUTANTS);

/** What takes others to be seen: those who hold, or wait for, the same things. */
const MUTANTS_OF_CROWDS: Readonly<Record<string, Mutant>> = {
  'a rerun that forgets what it still holds': {
    breaks: 'keepsHolds',
    mutation: committing('rerun job', (change) => ({
      ...change,
      job: {
        ...change.job,
        holds: [],
        owed: change.job.owed.filter(({ kind }) => kind !== 'release'),
      },
    })),
  },
  'a rerun that loses those who depend on its job': {
    breaks: 'waitersAreDue',
    mutation: committing('rerun job', (change) => {
      const { hasDependents: _forgotten, ...job } = change.job;
      return { ...change, job };
    }),
  },
  'a dependent is forgotten although its job runs again': {
    breaks: 'noDeadlock',
    mutation: {
      deps: (deps) => ({
        ...deps,
        store: {
          ...deps.store,
          removeDependent: async (id, dependent, attempt) => {
            const now = (await deps.store.readJob(id))?.attempt ?? attempt;
            return deps.store.removeDependent(id, dependent, now);
          },
        },
      }),
    },
  },
  'a rerun of RUN that nobody is asked about again': {
    breaks: 'attempts',
    mutation: committing('rerun job', (change) => {
      const { again } = change.job;
      if (again?.kind !== 'rerun') return change;
      return { ...change, job: { ...change.job, again: { ...again, gatesPassed: true } } };
    }),
  },
};

describeMutants('contention', MUTANTS_OF_CROWDS);

const DAY_MS = 24 * 60 * 60 * 1000;

/** Functions of these names find jobs as this shows them. */
function reading(isMeant: (process: string) => boolean, show: (job: Job) => Job): Mutation {
  return {
    deps: (deps, process) => {
      if (!isMeant(process)) return deps;
      const readJob: JobStore['readJob'] = async (id) => {
        const job = await deps.store.readJob(id);
        return job === null ? null : show(job);
      };
      const readOps: JobStore['readOps'] = async (id, attempt) => {
        const ops = await deps.store.readOps(id, attempt);
        return show === asIfTrapped ? ops.map(asIfTried) : ops;
      };
      return { ...deps, store: { ...deps.store, readJob, readOps } };
    },
  };
}

/** Every change of this name is committed as this makes it. */
function committing(transition: Transition, rewrite: (change: Change) => Change): Mutation {
  return {
    deps: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        commit: (change) => deps.store.commit(change.transition === transition ? rewrite(change) : change),
      },
    }),
  };
}

function asIfTrapped(job: Job): Job {
  if (job.status !== 'RUNNING' || job.activeOp === undefined) return job;
  const { heldUntil: _until, activeOp, ...rest } = job;
  return { ...rest, activeOp, status: 'TRAPPED', trap: { since: job.startedAt, from: 'RUNNING' } };
}

function asIfTried(op: Op): Op {
  if (op.status !== 'running') return op;
  const { nonce: _nonce, tryStartedAt, dispatched: _dispatched, ...kept } = op;
  const error = { code: 'Broken', message: 'as if' };
  return {
    ...kept,
    status: 'tried',
    error,
    triedAt: tryStartedAt,
    held: true,
    decision: { kind: 'trapped' },
  };
}

function withRunningCountdown(job: Job): Job {
  if (job.status !== 'TRAP_PAUSED' || job.trap.leftMs === undefined) return job;
  const { since, from, leftMs } = job.trap;
  return { ...job, status: 'TRAPPED', trap: { since, from, until: since + leftMs } };
}

/** Pauses that last for months anyway are left as they are: a minute of a test each. */
function withLongerPause(job: Job): Job {
  if (job.status !== 'PAUSED' || job.pause.until - job.pause.since > DAY_MS) return job;
  return { ...job, pause: { ...job.pause, until: job.pause.until + DAY_MS } };
}

function withoutPauseRequest(job: Job): Job {
  if (!('pauseRequested' in job)) return job;
  const { pauseRequested: _asked, ...rest } = job;
  return rest;
}

function withoutRetries(op: Op): Op {
  if (op.status !== 'tried') return op;
  const { trapRetries: _counted, ...rest } = op;
  return rest;
}

function withoutSkipped(op: Op): Op {
  if (op.status !== 'success') return op;
  const { skipped: _skipped, ...rest } = op;
  return rest;
}

function withoutLeftBehind(job: Job): Job {
  if (job.again?.kind !== 'rerun') return job;
  const { leftBehind: _left, ...again } = job.again;
  return { ...job, again };
}

/** Does not see what was undone. */
function blindToUndoing(deps: Deps): Deps {
  return readingOps(deps, async (id, ops) => {
    const total = (await deps.store.readJob(id))?.opsTotal ?? 0;
    return ops.filter(({ index }) => index < total);
  });
}

/** Does not see what earlier attempts undid. */
function blindToRollbacks(deps: Deps): Deps {
  return readingOps(deps, async (id, ops) => {
    const head = await deps.store.readJob(id);
    return ops.filter(({ index, attempt }) => index < (head?.opsTotal ?? 0) || attempt === head?.attempt);
  });
}

function blindToEarlierAttempts(deps: Deps): Deps {
  return readingOps(deps, async (_id, ops) => {
    const attempts = ops.filter(({ status }) => status !== 'queued').map(({ attempt }) => attempt);
    const latest = Math.max(...attempts);
    return ops.filter(({ attempt }) => attempt === latest);
  });
}

/** Shows the ops of all attempts otherwise. */
function readingOps(deps: Deps, show: (id: Job['id'], ops: readonly Op[]) => Promise<readonly Op[]>): Deps {
  return {
    ...deps,
    store: {
      ...deps.store,
      readOps: async (id, attempt) => {
        const ops = await deps.store.readOps(id, attempt);
        return attempt === 'all' ? show(id, ops) : ops;
      },
    },
  };
}
