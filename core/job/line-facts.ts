import type { Semaphore, Wait } from '../semaphore/semaphore.ts';
import type { JobId } from './identifiers.ts';
import type { Job } from './job.ts';

/** What was read of one semaphore: enough to decide about one job in it, or leaving it. */
export interface LineFacts {
  readonly semaphore: Semaphore;
  /** The first two in line: one of them is not the job that decides. */
  readonly first: readonly Wait[];
  /** Heads of those two, where somebody may be granted something. */
  readonly heads: ReadonlyMap<JobId, Job>;
}

/** Lines by the index of the need they are for. */
export type LinesOfNeeds = ReadonlyMap<number, LineFacts>;

/** Whoever is first beside the job. */
export function frontBeside(facts: LineFacts, jobId: JobId): Wait | null {
  return facts.first.find((wait) => wait.jobId !== jobId) ?? null;
}
