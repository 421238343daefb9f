import type { Outcome } from '../job/complete-op.ts';
import type { Json } from '../op/references.ts';

/** What a user's code gets: the payload of a Lambda action. Times are not in it; clocks are Jobplane's. */
export interface ActionCall {
  readonly jobId: string;
  readonly project: string;
  readonly attempt: number;
  readonly op: { readonly index: number; readonly name: string };
  readonly try: number;
  /** Proves that a completion belongs to this try; to be returned, never shown. */
  readonly nonce: string;
  /** Grows with every dispatch of the job: a store refuses a stale writer by it. */
  readonly opFence: number;
  /** Fences of the locks the job holds, by lock name; `global:<name>` for those of all projects. */
  readonly fences: Readonly<Record<string, number>>;
  readonly input: Json;
}

/** Names a try that was dispatched. */
export interface RunningCall {
  readonly jobId: string;
  readonly attempt: number;
  readonly op: number;
  readonly try: number;
}

/** `settled`: the action is done already, and how. `accepted`: its completion comes by itself. */
export type Dispatched =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'settled'; readonly outcome: Outcome; readonly log?: string };

/** One adapter a kind of action; this is the door to them all. */
export interface Actions {
  dispatch(action: string, call: ActionCall): Promise<Dispatched>;
  /** Stops the work where the target can be stopped; harmless where it cannot or has ended. */
  interrupt(action: string, running: RunningCall): Promise<void>;
  /** Has the target asked how the try goes, in case its end was never reported; nothing where none can be. */
  look(action: string, running: RunningCall): Promise<void>;
}
