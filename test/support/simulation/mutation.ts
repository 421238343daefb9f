import type { Deps } from '../../../core/ports/deps.ts';
import type { JobStore } from '../../../core/ports/job-store.ts';
import type { ControlPlane } from './control-plane.ts';

/** A mistake that somebody could make, put into the simulated system. */
export interface Mutation {
  readonly store?: (store: JobStore) => JobStore;
  /** What a function of this name works with. */
  readonly deps?: (deps: Deps, process: string) => Deps;
  readonly controlPlane?: (real: ControlPlane) => ControlPlane;
}
