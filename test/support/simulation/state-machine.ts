import { utf8Bytes } from '../../../core/contract/limits.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { Json } from '../../../core/op/references.ts';
import type {
  Catcher,
  ChoiceState,
  MapState,
  Retrier,
  State,
  StateMachine,
  States,
  TaskState,
} from './asl.ts';
import { evaluateTemplate, type StatesVariable } from './query.ts';
import type { Scheduled } from './scheduler.ts';
import { matchesError, StateError, stateErrorOf } from './state-error.ts';
import { TaskAttempt, type TaskHost } from './task-attempt.ts';

/** What an execution needs of the world around it. */
export interface ExecutionHost extends TaskHost {
  now(): Instant;
  /** From [0, 1), for the jitter of retries. */
  random(): number;
  newToken(): string;
  /** A task waits for its token from now on. */
  taskOpened(token: string, attempt: TaskAttempt): void;
  ended(execution: Execution): void;
  /** The interpreter itself failed, which no machine can. */
  broken(error: unknown): void;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Quotas of Step Functions: a Standard execution, a state's data, an execution's history, a clock. */
const ONE_YEAR_MS = 31_536_000_000;
const DATA_BYTES = 262_144;
const HISTORY_EVENTS = 25_000;
const MAX_SECONDS = 99_999_999;

/** What goes on in an execution, or in one Map of it, until it is cut off: nothing of it goes on then. */
class Branch {
  readonly #goesOn = new Set<Scheduled | TaskAttempt | Branch>();

  add(part: Scheduled | TaskAttempt): void {
    this.#goesOn.add(part);
  }

  forget(part: Scheduled): void {
    this.#goesOn.delete(part);
  }

  fork(): Branch {
    const branch = new Branch();
    this.#goesOn.add(branch);
    return branch;
  }

  cut(): void {
    for (const part of this.#goesOn) {
      if (part instanceof Branch) part.cut();
      else if (part instanceof TaskAttempt) part.close();
      else part.cancel();
    }
    this.#goesOn.clear();
  }
}

/** Where a state stands: in which branch, and for which item of a Map. */
interface Place {
  readonly branch: Branch;
  readonly item?: MapItem;
}

/** A Map's item, as the context object shows it. */
interface MapItem {
  readonly index: number;
  readonly value: Json;
}

/** A state as left: its output, and where to; undefined: the end. */
interface Left {
  readonly output: Json;
  readonly next: string | undefined;
}

/**
 * One Standard execution of a state machine in JSONata, as far as asl.ts goes. Everything it waits
 * for comes from its host, so that a test decides the order of things.
 */
export class Execution {
  readonly name: string;
  readonly input: Json;
  readonly startedAt: Instant;
  /** Names of the states entered, in order: what AWS bills. */
  readonly entered: string[] = [];
  #status: ExecutionStatus = 'RUNNING';
  #error: string | undefined;
  #closedAt: Instant | undefined;
  #events = 0;
  readonly #machine: StateMachine;
  readonly #host: ExecutionHost;
  readonly #branch = new Branch();

  constructor(machine: StateMachine, name: string, input: Json, host: ExecutionHost) {
    this.#machine = machine;
    this.#host = host;
    this.name = name;
    this.input = input;
    this.startedAt = host.now();
    this.#clock(ONE_YEAR_MS, this.#branch, () => this.#close('TIMED_OUT', 'States.Timeout'));
    this.#run().catch((error: unknown) => host.broken(error));
  }

  get status(): ExecutionStatus {
    return this.#status;
  }

  get error(): string | undefined {
    return this.#error;
  }

  get closedAt(): Instant | undefined {
    return this.#closedAt;
  }

  /** Somebody stops it: nothing of it goes on, and its tokens are closed. */
  stop(error: string): void {
    this.#close('ABORTED', error);
  }

  async #run(): Promise<void> {
    try {
      await this.#walk(this.#machine.States, this.#machine.StartAt, this.input, { branch: this.#branch });
      this.#close('SUCCEEDED', undefined);
    } catch (error) {
      this.#close('FAILED', stateErrorOf(error).error);
    }
  }

  #close(status: ExecutionStatus, error: string | undefined): void {
    if (this.#status !== 'RUNNING') return;
    this.#status = status;
    this.#error = error;
    this.#closedAt = this.#host.now();
    this.#branch.cut();
    this.#host.ended(this);
  }

  async #walk(states: States, startAt: string, input: Json, place: Place): Promise<Json> {
    let name = startAt;
    let current = input;
    for (;;) {
      const state = states[name];
      if (state === undefined) throw new Error(`there is no state '${name}'`);
      this.entered.push(name);
      this.#record(STATE_EVENTS);
      const left = await this.#perform(name, state, current, place);
      checkSize(left.output, `the output of ${name}`);
      if (left.next === undefined) return left.output;
      name = left.next;
      current = left.output;
    }
  }

  async #perform(name: string, state: State, input: Json, { branch, item }: Place): Promise<Left> {
    const context: Json = {
      Execution: { Name: this.name, Input: this.input },
      State: { Name: name },
      ...(item === undefined ? {} : { Map: { Item: { Index: item.index, Value: item.value } } }),
    };
    switch (state.Type) {
      case 'Task':
        return this.#guarded(state, state.Retry, { input, context }, branch, () =>
          this.#attemptTask(name, state, input, context, branch),
        );
      case 'Map':
        return this.#guarded(state, [], { input, context }, branch, () =>
          this.#map(name, state, input, context, branch),
        );
      case 'Choice':
        return { output: input, next: await choose(state, { input, context }) };
      case 'Wait': {
        const seconds = await secondsOf(state.Seconds, 0, { input, context });
        await this.#sleep(seconds * 1000, branch);
        return { output: input, next: state.Next };
      }
      case 'Succeed':
        return { output: await outputOf(state.Output, input, { input, context }), next: undefined };
      case 'Fail':
        throw new StateError(state.Error, state.Cause);
    }
  }

  /** A Task or Map with its Retry and Catch. */
  async #guarded(
    state: {
      readonly Catch: readonly Catcher[];
      readonly Output?: Json | undefined;
      Next?: string | undefined;
    },
    retriers: readonly Retrier[],
    states: StatesVariable,
    branch: Branch,
    attempt: () => Promise<Json>,
  ): Promise<Left> {
    const retries = new Map<Retrier, number>();
    for (;;) {
      try {
        const result = await attempt();
        return { output: await outputOf(state.Output, result, { ...states, result }), next: state.Next };
      } catch (thrown) {
        const failure = stateErrorOf(thrown);
        const retrier = retriers.find(({ ErrorEquals }) => matchesError(ErrorEquals, failure.error));
        const used = retrier === undefined ? 0 : (retries.get(retrier) ?? 0);
        if (retrier !== undefined && used < retrier.MaxAttempts) {
          retries.set(retrier, used + 1);
          await this.#sleep(this.#backoff(retrier, used), branch);
          continue;
        }
        const catcher = state.Catch.find(({ ErrorEquals }) => matchesError(ErrorEquals, failure.error));
        if (catcher === undefined) throw failure;
        const errorOutput = { Error: failure.error, Cause: failure.cause };
        const output = await outputOf(catcher.Output, errorOutput, { ...states, errorOutput });
        return { output, next: catcher.Next };
      }
    }
  }

  /** As many items side by side as it may; the first that fails cuts off the others. */
  async #map(name: string, state: MapState, input: Json, context: Json, outer: Branch): Promise<Json> {
    const items = await evaluateTemplate(state.Items, { input, context });
    if (!Array.isArray(items))
      throw new StateError('States.QueryEvaluationError', `${name}: Items is no list`);
    this.#record(MAP_EVENTS);
    const branch = outer.fork();
    const results: Json[] = [];
    const left = [...items.entries()];
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [index, value] = next;
        results[index] = await this.#mapItem(
          name,
          state,
          { input, context },
          { branch, item: { index, value } },
        );
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(state.MaxConcurrency, items.length) }, work));
    } finally {
      branch.cut();
    }
    return results;
  }

  async #mapItem(
    name: string,
    { ItemSelector, ItemProcessor }: MapState,
    { input }: StatesVariable,
    place: Required<Place>,
  ): Promise<Json> {
    this.#record(MAP_EVENTS);
    const { index, value } = place.item;
    const context = { State: { Name: name }, Map: { Item: { Index: index, Value: value } } };
    const selected = await outputOf(ItemSelector, value, { input, context });
    return this.#walk(ItemProcessor.States, ItemProcessor.StartAt, selected, place);
  }

  async #attemptTask(
    name: string,
    state: TaskState,
    input: Json,
    outer: { [key: string]: Json },
    branch: Branch,
  ): Promise<Json> {
    const token = state.Resource.endsWith('.waitForTaskToken') ? this.#host.newToken() : undefined;
    const context = token === undefined ? outer : { ...outer, Task: { Token: token } };
    const payload = await evaluateTemplate(state.Arguments.Payload, { input, context });
    checkSize(payload, `the payload of ${name}`);
    const timeoutSeconds = await secondsOf(state.TimeoutSeconds ?? MAX_SECONDS, 1, { input, context });
    const heartbeatSeconds =
      state.HeartbeatSeconds === undefined
        ? undefined
        : await secondsOf(state.HeartbeatSeconds, 1, { input, context });
    if (heartbeatSeconds !== undefined && heartbeatSeconds >= timeoutSeconds) {
      throw new StateError(
        'States.Runtime',
        `heartbeat ${heartbeatSeconds} not below timeout ${timeoutSeconds}`,
      );
    }
    this.#record(TASK_EVENTS);
    const attempt = new TaskAttempt(this.#host, {
      executionName: this.name,
      stateName: name,
      functionName: state.Arguments.FunctionName,
      payload,
      token,
      timeoutSeconds,
      heartbeatSeconds,
    });
    branch.add(attempt);
    if (token !== undefined) this.#host.taskOpened(token, attempt);
    return attempt.outcome;
  }

  #backoff(retrier: Retrier, used: number): number {
    const grown = retrier.IntervalSeconds * retrier.BackoffRate ** used;
    const seconds = Math.min(retrier.MaxDelaySeconds ?? MAX_SECONDS, grown);
    return seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? this.#host.random() : 1);
  }

  /** Never resolves once its branch is cut off. */
  #sleep(milliseconds: number, branch: Branch): Promise<void> {
    return new Promise((resolve) => this.#clock(milliseconds, branch, resolve));
  }

  #clock(milliseconds: number, branch: Branch, run: () => void): void {
    const clock: Scheduled = this.#host.after(milliseconds, () => {
      branch.forget(clock);
      run();
    });
    branch.add(clock);
  }

  #record(events: number): void {
    this.#events += events;
    if (this.#events > HISTORY_EVENTS) {
      throw new StateError('States.Runtime', `the history has more than ${HISTORY_EVENTS} events`);
    }
  }
}

/** Events in the history: entered and exited; started and ended; scheduled, started, submitted, ended. */
const STATE_EVENTS = 2;
const MAP_EVENTS = 2;
const TASK_EVENTS = 4;

async function choose(state: ChoiceState, states: StatesVariable): Promise<string> {
  for (const { Condition, Next } of state.Choices) {
    const met = await evaluateTemplate(Condition, states);
    if (typeof met !== 'boolean') {
      throw new StateError('States.QueryEvaluationError', `${Condition} is neither true nor false`);
    }
    if (met) return Next;
  }
  if (state.Default === undefined) throw new StateError('States.NoChoiceMatched', 'no choice matched');
  return state.Default;
}

async function outputOf(template: Json | undefined, otherwise: Json, states: StatesVariable): Promise<Json> {
  return template === undefined ? otherwise : evaluateTemplate(template, states);
}

async function secondsOf(seconds: number | string, least: number, states: StatesVariable): Promise<number> {
  const value = await evaluateTemplate(seconds, states);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > MAX_SECONDS) {
    throw new StateError(
      'States.QueryEvaluationError',
      `${seconds} is no number of seconds: ${String(value)}`,
    );
  }
  return value;
}

function checkSize(value: Json, what: string): void {
  if (utf8Bytes(JSON.stringify(value)) > DATA_BYTES) {
    throw new StateError('States.DataLimitExceeded', `${what} has more than ${DATA_BYTES} bytes`);
  }
}
