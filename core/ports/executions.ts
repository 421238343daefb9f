import type { GroupRef } from '../children/group.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';
import type { PlannedItem } from '../job/plan.ts';
import type { SegmentName } from '../job/segment.ts';

/** Input of the state machine `job`: derived from stored data only, so that a repeated start is harmless. */
export interface ExecutionInput extends SegmentName {
  readonly contract: number;
  readonly jobId: JobId;
  readonly attempt: number;
  readonly ops: readonly PlannedItem[];
}

/** Which execution is meant. */
export interface ExecutionRef {
  readonly jobId: JobId;
  readonly attempt: number;
  readonly segment: SegmentName;
}

/** What an execution of `child-jobs` does with the children of a group, batch by batch. */
export const FAMILY_VERBS = ['run', 'undo', 'cancel', 'force'] as const;

export type FamilyVerb = (typeof FAMILY_VERBS)[number];

/** Names an execution of the state machine `child-jobs`. */
export interface FamilyRef extends GroupRef {
  readonly verb: FamilyVerb;
}

/** Its input: positions of children, and not their items. */
export interface FamilyInput extends FamilyRef {
  readonly contract: number;
  readonly batches: readonly { readonly from: number; readonly to: number }[];
}

/** How an execution is. `closed` tells how: the status and, where there is one, the error. */
export type ExecutionState =
  | { readonly kind: 'running' | 'missing' }
  | { readonly kind: 'closed'; readonly how: string; readonly at?: Instant };

/** What a task token is told. Results never travel in it: they would fill the Map's 256 KB. */
export type TokenAnswer =
  | { readonly kind: 'success'; readonly output: Readonly<Record<string, string | number>> }
  | { readonly kind: 'failure'; readonly error: string; readonly cause: string };

/** Step Functions, as far as Jobplane needs it. Every verb is safe to repeat. */
export interface Executions {
  /** `exists`: an execution of this name was started before; it may have ended. */
  start(input: ExecutionInput): Promise<'started' | 'exists'>;
  /** Harmless on an execution that has ended or never was. */
  stop(ref: ExecutionRef, cause: string): Promise<void>;
  describe(ref: ExecutionRef): Promise<ExecutionState>;
  /** Has the children of a group made, undone or cancelled. */
  startFamily(input: FamilyInput): Promise<'started' | 'exists'>;
  describeFamily(ref: FamilyRef): Promise<ExecutionState>;
  /** `closed`: the task has ended already, by an answer, a clock or its execution's end. */
  answer(token: string, answer: TokenAnswer): Promise<'answered' | 'closed'>;
  heartbeat(token: string): Promise<'alive' | 'closed'>;
}
