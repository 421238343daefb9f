import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { ulid } from 'ulid';
import { jobIdSchema } from '../../core/job/identifiers.ts';
import type { Surroundings } from '../../core/ports/surroundings.ts';

/** The real clock and the real dice. */
export const surroundings: Surroundings = {
  now: () => Date.now(),
  jobId: () => jobIdSchema.parse(ulid()),
  nonce: () => randomUUID(),
  random: () => Math.random(),
  pause: async (milliseconds) => {
    await setTimeout(milliseconds);
  },
};
