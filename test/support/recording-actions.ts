import type { ActionCall, Actions, Dispatched, RunningCall } from '../../core/ports/actions.ts';

/** Actions that accept every call, so that their tests say when and how each ends. */
export class RecordingActions implements Actions {
  readonly dispatched: { readonly action: string; readonly call: ActionCall }[] = [];
  readonly interrupted: { readonly action: string; readonly running: RunningCall }[] = [];
  readonly looked: { readonly action: string; readonly running: RunningCall }[] = [];

  async dispatch(action: string, call: ActionCall): Promise<Dispatched> {
    this.dispatched.push({ action, call });
    return { kind: 'accepted' };
  }

  async interrupt(action: string, running: RunningCall): Promise<void> {
    this.interrupted.push({ action, running });
  }

  async look(action: string, running: RunningCall): Promise<void> {
    this.looked.push({ action, running });
  }
}
