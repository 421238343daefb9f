import { familyName } from '../../../core/children/family-name.ts';
import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import { executionName } from '../../../core/job/segment.ts';
import type { ActionCall, Dispatched } from '../../../core/ports/actions.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import type {
  ExecutionInput,
  ExecutionRef,
  ExecutionState,
  Executions,
  FamilyInput,
  FamilyRef,
  TokenAnswer,
} from '../../../core/ports/executions.ts';
import type { Surroundings } from '../../../core/ports/surroundings.ts';
import { DEFAULT_QUOTAS } from '../../../core/quota/quotas.ts';
import { InMemoryJobStore } from '../../support/in-memory-job-store.ts';
import { CATALOG, LIVENESS, RECEIVED } from '../../support/job-run.ts';
import { RecordingActions } from '../../support/recording-actions.ts';
import { RecordingExecutions } from '../../support/recording-executions.ts';
import { RecordingSchedules } from '../../support/recording-schedules.ts';

/** A clock that stands still, dice that always show one half, and ids that count. */
export class StillSurroundings implements Surroundings {
  at = RECEIVED;
  readonly pauses: number[] = [];
  #ids = 0;
  #nonces = 0;

  now() {
    return this.at;
  }

  jobId(): JobId {
    this.#ids += 1;
    return jobIdSchema.parse(`01KAQ3R8ZZ${String(this.#ids).padStart(16, '0')}`);
  }

  nonce() {
    this.#nonces += 1;
    return `nonce-${this.#nonces}`;
  }

  random() {
    return 0.5;
  }

  async pause(milliseconds: number) {
    this.pauses.push(milliseconds);
  }
}

/** Recorded executions of which a test says what has ended, and when nobody can be reached. */
export class StagedExecutions implements Executions {
  readonly recorded = new RecordingExecutions();
  readonly described: ExecutionRef[] = [];
  /** How executions ended, by name. */
  readonly ended = new Map<string, string>();
  /** Thrown by every call while it is set. */
  outage: Error | null = null;

  async start(input: ExecutionInput) {
    return this.#reached().start(input);
  }

  async stop(ref: ExecutionRef) {
    return this.#reached().stop(ref);
  }

  async describe(ref: ExecutionRef): ReturnType<Executions['describe']> {
    const { started } = this.#reached();
    this.described.push(ref);
    const name = executionName(ref.jobId, ref.attempt, ref.segment);
    const how = this.ended.get(name);
    if (how !== undefined) return { kind: 'closed', how };
    const isKnown = started.some((input) => executionName(input.jobId, input.attempt, input) === name);
    return { kind: isKnown ? 'running' : 'missing' };
  }

  async startFamily(input: FamilyInput) {
    return this.#reached().startFamily(input);
  }

  async describeFamily(ref: FamilyRef): Promise<ExecutionState> {
    const { families } = this.#reached();
    const how = this.ended.get(familyName(ref));
    if (how !== undefined) return { kind: 'closed', how };
    const isKnown = families.some((input) => familyName(input) === familyName(ref));
    return { kind: isKnown ? 'running' : 'missing' };
  }

  async answer(token: string, answer: TokenAnswer) {
    return this.#reached().answer(token, answer);
  }

  async heartbeat(token: string) {
    return this.#reached().heartbeat(token);
  }

  #reached(): RecordingExecutions {
    if (this.outage !== null) throw this.outage;
    return this.recorded;
  }
}

/** Recorded actions of which a test says how a dispatch goes; it is accepted otherwise. */
export class StagedActions extends RecordingActions {
  goes: (call: ActionCall) => Dispatched | Promise<Dispatched> = () => ({ kind: 'accepted' });

  override async dispatch(action: string, call: ActionCall) {
    await super.dispatch(action, call);
    return this.goes(call);
  }
}

/** Everything a use case works with, in memory. */
export function recordingDeps() {
  const owed: string[] = [];
  const parts = {
    store: new InMemoryJobStore(),
    executions: new StagedExecutions(),
    actions: new StagedActions(),
    schedules: new RecordingSchedules(),
    surroundings: new StillSurroundings(),
    catalog: CATALOG,
    liveness: LIVENESS,
    quotas: DEFAULT_QUOTAS,
    retention: 'P30D',
    reportOwed: (effect: string) => {
      owed.push(effect);
    },
  };
  const deps: Deps = parts;
  return { ...parts, deps, owed };
}

/**
 * Calls whose process dies after so many commits: whatever it tries from then on fails. What was
 * committed stays, and the world is as before for the next process.
 */
export async function dyingAfter(
  commits: number,
  { store, executions, schedules }: RecordingDeps,
  call: () => Promise<unknown>,
): Promise<void> {
  const [commit, commitLines] = [store.commit.bind(store), store.commitLines.bind(store)];
  let left = commits;
  const alive = () => {
    left -= 1;
    if (left === 0) executions.outage = schedules.outage = new Error('the process is dead');
    if (left < 0) throw new Error('the process is dead');
  };
  store.commit = async (change) => {
    alive();
    return commit(change);
  };
  store.commitLines = async (change) => {
    alive();
    return commitLines(change);
  };
  try {
    await call();
  } catch {
    // It is dead.
  } finally {
    [store.commit, store.commitLines] = [commit, commitLines];
    executions.outage = schedules.outage = null;
  }
}

export type RecordingDeps = ReturnType<typeof recordingDeps>;
