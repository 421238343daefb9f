import type { ActionCatalog } from '../contract/action-catalog.ts';
import type { LivenessPolicy } from '../job/live-segment.ts';
import type { Quotas } from '../quota/quotas.ts';
import type { Actions } from './actions.ts';
import type { Executions } from './executions.ts';
import type { JobStore } from './job-store.ts';
import type { Schedules } from './schedules.ts';
import type { Surroundings } from './surroundings.ts';

/** What use cases work with; each takes the part it needs. */
export interface Deps {
  readonly store: JobStore;
  readonly executions: Executions;
  readonly actions: Actions;
  readonly schedules: Schedules;
  readonly surroundings: Surroundings;
  readonly catalog: ActionCatalog;
  readonly liveness: LivenessPolicy;
  /** How long a settled job stays readable whose submitter did not say: an ISO 8601 duration. */
  readonly retention: string;
  /** What each project may have. */
  readonly quotas: Quotas;
  /** An effect that failed after its commit: it is owed, so nothing is lost, but somebody should know. */
  readonly reportOwed: (effect: string, error: unknown) => void;
}
