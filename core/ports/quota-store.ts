import type { Instant } from '../job/instant.ts';

/** What quotas of a project are asked of. Counts may lag: quotas protect others and decide nothing else. */
export interface QuotaStore {
  /** Jobs of the project that wait, without children: their root was let in. Counted up to `upTo`. */
  countWaiting(project: string, upTo: number): Promise<number>;

  /**
   * Counts one submission in this minute. False: there have been `limit`, and it is not counted. One whose
   * answer is lost may count twice.
   */
  countSubmission(project: string, minute: Instant, limit: number): Promise<boolean>;
}
