import type { Outcome } from '../job/complete-op.ts';
import type { ActionCall, Dispatched, RunningCall } from './actions.ts';

/**
 * How the work of a try is. `missing`: its service does not know it, or knows other work by its name.
 */
export type TargetState =
  | { readonly kind: 'running' | 'missing' }
  | { readonly kind: 'ended'; readonly outcome: Outcome };

/** The services that run work for us. Every verb is safe to repeat. */
export interface Targets {
  /** Starts the work of a try, or meets it where it was started before. */
  dispatch(action: string, call: ActionCall): Promise<Dispatched>;
  /** Harmless where the work has ended or never was. */
  interrupt(action: string, running: RunningCall): Promise<void>;
  /** @param nonce of the try; work that carries another is not its */
  describe(action: string, running: RunningCall, nonce: string): Promise<TargetState>;
}
