import { familyName } from '../../../core/children/family-name.ts';
import type { Instant } from '../../../core/job/instant.ts';
import { executionName } from '../../../core/job/segment.ts';
import type { Json } from '../../../core/op/references.ts';
import type {
  ExecutionInput,
  ExecutionRef,
  ExecutionState,
  FamilyInput,
  FamilyRef,
  TokenAnswer,
} from '../../../core/ports/executions.ts';
import type { StateMachine } from './asl.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { Execution, type ExecutionHost } from './state-machine.ts';
import type { FunctionAnswer, TaskAttempt, TaskOrder } from './task-attempt.ts';

/** The two machines that are deployed, and the version of what they hand to their tasks. */
export interface Machines {
  readonly job: StateMachine;
  readonly childJobs: StateMachine;
  readonly contract: number;
}

export interface StepFunctionsOptions {
  readonly machines: Machines;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly answersWaitForFunction: boolean;
  readonly invoke: (order: TaskOrder) => Promise<FunctionAnswer>;
  readonly ended: (execution: Execution) => void;
}

/** What DescribeExecution may not show yet: it is eventually consistent. */
const DESCRIBE_LAG_MS = 1_000;

/** Step Functions with our state machines: executions by name, tasks by token. */
export class StepFunctions {
  readonly #options: StepFunctionsOptions;
  readonly #executions = new Map<string, Execution>();
  readonly #running = new Set<Execution>();
  /** When a stop last met no execution of the name. */
  readonly #missedAt = new Map<string, Instant>();
  readonly #tasks = new Map<string, TaskAttempt>();
  #tokens = 0;
  #broken: Error | undefined;

  constructor(options: StepFunctionsOptions) {
    this.#options = options;
  }

  /**
   * A name is used once: the same start again while the execution runs is the same execution, and
   * anything else is refused.
   * Source: AWS Step Functions API Reference, StartExecution.
   */
  start(input: ExecutionInput): 'started' | 'exists' {
    return this.#start(this.#options.machines.job, executionName(input.jobId, input.attempt, input), input);
  }

  /** The same of an execution of `child-jobs`. */
  startFamily(input: FamilyInput): 'started' | 'exists' {
    return this.#start(this.#options.machines.childJobs, familyName(input), input);
  }

  #start(machine: StateMachine, name: string, input: ExecutionInput | FamilyInput): 'started' | 'exists' {
    const { contract } = this.#options.machines;
    const json: Json = JSON.parse(JSON.stringify({ ...input, contract }));
    const found = this.#executions.get(name);
    if (found === undefined) {
      const execution = new Execution(machine, name, json, this.#host());
      this.#executions.set(name, execution);
      this.#running.add(execution);
      return 'started';
    }
    const isSame = JSON.stringify(found.input) === JSON.stringify(json);
    return found.status === 'RUNNING' && isSame ? 'started' : 'exists';
  }

  stop(ref: ExecutionRef): void {
    const found = this.find(ref);
    if (found === undefined) this.#missedAt.set(nameOf(ref), this.#options.scheduler.now());
    else found.stop('Stopped');
  }

  /** Whether a stop met none since; one that was still being started then comes after that, and all its tasks are refused. */
  wasMissed(ref: ExecutionRef, since: Instant): boolean {
    return (this.#missedAt.get(nameOf(ref)) ?? Number.NEGATIVE_INFINITY) >= since;
  }

  describe(ref: ExecutionRef): ExecutionState {
    return this.#describe(this.find(ref));
  }

  describeFamily(ref: FamilyRef): ExecutionState {
    return this.#describe(this.findFamily(ref));
  }

  #describe(found: Execution | undefined): ExecutionState {
    const { scheduler, random } = this.#options;
    const seen = scheduler.now() - random.int(0, DESCRIBE_LAG_MS);
    if (found === undefined || found.startedAt > seen) return { kind: 'missing' };
    if (found.closedAt === undefined || found.closedAt > seen) return { kind: 'running' };
    const how = found.error === undefined ? found.status : `${found.status}, ${found.error}`;
    return { kind: 'closed', how, at: found.closedAt };
  }

  answer(token: string, answer: TokenAnswer): 'answered' | 'closed' {
    const task = this.#tasks.get(token);
    if (task === undefined || !task.isOpen) return 'closed';
    task.answer(answer.kind === 'success' ? { kind: 'success', output: { ...answer.output } } : answer);
    return 'answered';
  }

  heartbeat(token: string): 'alive' | 'closed' {
    const task = this.#tasks.get(token);
    if (task === undefined || !task.isOpen) return 'closed';
    task.heartbeat();
    return 'alive';
  }

  find(ref: ExecutionRef): Execution | undefined {
    return this.#executions.get(nameOf(ref));
  }

  findFamily(ref: FamilyRef): Execution | undefined {
    return this.#executions.get(familyName(ref));
  }

  /** The task that waits for this token; undefined once it has ended. */
  openTask(token: string): TaskAttempt | undefined {
    const task = this.#tasks.get(token);
    return task?.isOpen === true ? task : undefined;
  }

  running(): Iterable<Execution> {
    return this.#running;
  }

  executions(): readonly Execution[] {
    return [...this.#executions.values()];
  }

  /** Throws what the interpreter itself failed with. */
  check(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  #host(): ExecutionHost {
    const { scheduler, random, answersWaitForFunction, invoke, ended } = this.#options;
    return {
      answersWaitForFunction,
      invoke,
      ended: (execution) => {
        this.#running.delete(execution);
        ended(execution);
      },
      now: () => scheduler.now(),
      after: (milliseconds, run) => scheduler.after(milliseconds, run),
      random: () => random.next(),
      newToken: () => {
        this.#tokens += 1;
        return `token-${this.#tokens}`;
      },
      taskOpened: (token, attempt) => {
        this.#tasks.set(token, attempt);
      },
      broken: (error) => {
        this.#broken ??= asError(error);
      },
    };
  }
}

function nameOf({ jobId, attempt, segment }: ExecutionRef): string {
  return executionName(jobId, attempt, segment);
}

function asError(error: unknown): Error {
  return error instanceof Error
    ? error
    : new Error('something was thrown that is no error', { cause: error });
}
