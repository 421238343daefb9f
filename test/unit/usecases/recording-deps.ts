import { type JobId, jobIdSchema } from '../../../core/job/identifiers.ts';
import { executionName } from '../../../core/job/segment.ts';
import type { ActionCall, Actions, Dispatched, RunningCall } from '../../../core/ports/actions.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import type {
  ExecutionInput,
  ExecutionRef,
  Executions,
  TokenAnswer,
} from '../../../core/ports/executions.ts';
import type { Surroundings } from '../../../core/ports/surroundings.ts';
import { InMemoryJobStore } from '../../support/in-memory-job-store.ts';
import { CATALOG, LIVENESS, RECEIVED } from '../../support/job-run.ts';

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

/** Executions that are only written down; a test says which tokens are closed and what has ended. */
export class RecordingExecutions implements Executions {
  readonly started: ExecutionInput[] = [];
  readonly stopped: ExecutionRef[] = [];
  readonly answers: { readonly token: string; readonly answer: TokenAnswer }[] = [];
  readonly heartbeats: string[] = [];
  readonly described: ExecutionRef[] = [];
  readonly closedTokens = new Set<string>();
  /** How executions ended, by name. */
  readonly ended = new Map<string, string>();
  /** Thrown by every call while it is set. */
  outage: Error | null = null;

  async start(input: ExecutionInput) {
    this.#reach();
    const name = nameOf(input);
    const exists = this.started.some((other) => nameOf(other) === name);
    this.started.push(input);
    return exists ? 'exists' : 'started';
  }

  async stop(ref: ExecutionRef) {
    this.#reach();
    this.stopped.push(ref);
  }

  async describe(ref: ExecutionRef) {
    this.#reach();
    this.described.push(ref);
    const name = executionName(ref.jobId, ref.attempt, ref.segment);
    const how = this.ended.get(name);
    if (how !== undefined) return { kind: 'closed', how } as const;
    const kind = this.started.some((input) => nameOf(input) === name) ? 'running' : 'missing';
    return { kind } as const;
  }

  async answer(token: string, answer: TokenAnswer) {
    this.#reach();
    if (this.closedTokens.has(token)) return 'closed';
    this.answers.push({ token, answer });
    this.closedTokens.add(token);
    return 'answered';
  }

  async heartbeat(token: string) {
    this.#reach();
    this.heartbeats.push(token);
    return this.closedTokens.has(token) ? 'closed' : 'alive';
  }

  #reach() {
    if (this.outage !== null) throw this.outage;
  }
}

function nameOf({ jobId, attempt, group, number }: ExecutionInput): string {
  return executionName(jobId, attempt, { group, number });
}

/** Actions that are only written down; `accepted` unless a test says otherwise. */
export class RecordingActions implements Actions {
  readonly calls: { readonly action: string; readonly call: ActionCall }[] = [];
  readonly interrupted: { readonly action: string; readonly running: RunningCall }[] = [];
  dispatched: (call: ActionCall) => Dispatched | Promise<Dispatched> = () => ({ kind: 'accepted' });

  async dispatch(action: string, call: ActionCall) {
    this.calls.push({ action, call });
    return this.dispatched(call);
  }

  async interrupt(action: string, running: RunningCall) {
    this.interrupted.push({ action, running });
  }
}

/** Everything a use case works with, in memory. */
export function recordingDeps() {
  const owed: string[] = [];
  const parts = {
    store: new InMemoryJobStore(),
    executions: new RecordingExecutions(),
    actions: new RecordingActions(),
    surroundings: new StillSurroundings(),
    catalog: CATALOG,
    liveness: LIVENESS,
    reportOwed: (effect: string) => {
      owed.push(effect);
    },
  };
  const deps: Deps = parts;
  return { ...parts, deps, owed };
}

export type RecordingDeps = ReturnType<typeof recordingDeps>;
