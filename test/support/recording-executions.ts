import { familyName } from '../../core/children/family-name.ts';
import type {
  ExecutionInput,
  ExecutionRef,
  ExecutionState,
  Executions,
  FamilyInput,
  TokenAnswer,
} from '../../core/ports/executions.ts';

/** Step Functions that does nothing but write down what it is asked. */
export class RecordingExecutions implements Executions {
  readonly started: ExecutionInput[] = [];
  /** Of `child-jobs`. */
  readonly families: FamilyInput[] = [];
  readonly stopped: ExecutionRef[] = [];
  readonly answered: { readonly token: string; readonly answer: TokenAnswer }[] = [];
  /** Tokens that were renewed, as often as they were. */
  readonly heartbeats: string[] = [];
  /** Tokens of tasks that have ended. */
  readonly closed = new Set<string>();

  async start(input: ExecutionInput): Promise<'started' | 'exists'> {
    const known = this.started.some(
      ({ jobId, attempt, group, number }) =>
        jobId === input.jobId &&
        attempt === input.attempt &&
        group === input.group &&
        number === input.number,
    );
    if (known) return 'exists';
    this.started.push(input);
    return 'started';
  }

  async startFamily(input: FamilyInput): Promise<'started' | 'exists'> {
    const name = familyName(input);
    if (this.families.some((known) => familyName(known) === name)) return 'exists';
    this.families.push(input);
    return 'started';
  }

  async describeFamily(): Promise<ExecutionState> {
    return { kind: 'running' };
  }

  async stop(ref: ExecutionRef): Promise<void> {
    this.stopped.push(ref);
  }

  async describe(): Promise<{ readonly kind: 'running' }> {
    return { kind: 'running' };
  }

  async answer(token: string, answer: TokenAnswer): Promise<'answered' | 'closed'> {
    if (this.closed.has(token)) return 'closed';
    this.answered.push({ token, answer });
    this.closed.add(token);
    return 'answered';
  }

  async heartbeat(token: string): Promise<'alive' | 'closed'> {
    if (this.closed.has(token)) return 'closed';
    this.heartbeats.push(token);
    return 'alive';
  }
}
