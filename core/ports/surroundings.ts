import type { JobId } from '../job/identifiers.ts';
import type { Instant } from '../job/instant.ts';

/** The clock and the dice: everything about the outside that a decision is handed as a value. */
export interface Surroundings {
  now(): Instant;
  jobId(): JobId;
  nonce(): string;
  /** From [0, 1). */
  random(): number;
  /** Waits, so that two who were in each other's way come back at different times. */
  pause(milliseconds: number): Promise<void>;
}
