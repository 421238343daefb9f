import * as z from 'zod';
import { jobSpecSchema } from '../job-spec.ts';
import { LIMITS } from '../limits.ts';
import { PUBLISHED } from '../published.ts';
import { flagSchema } from './parameters.ts';

/** `POST /jobs`. Its body is the job specification. */
export const submitJobQuerySchema = z.strictObject({
  /** Checks the specification and stores nothing. */
  dryRun: flagSchema.default(false),
});

const KEY = new RegExp(`^[\\x20-\\x7e]{1,${LIMITS.idempotencyKeyCharacters}}$`);

/** The header `Idempotency-Key`: what a client makes up once for one job, and sends again when in doubt. */
export const idempotencyKeySchema = z
  .string()
  .refine((key) => KEY.test(key), {
    error: `must be 1 to ${LIMITS.idempotencyKeyCharacters} printable characters of ASCII`,
    params: { code: 'InvalidIdempotencyKey' },
  })
  .register(PUBLISHED, { type: 'string', pattern: KEY.source });

/** Answer of a dry run: what would be stored, with its defaults. */
export const dryRunSchema = z.strictObject({ dryRun: z.literal(true), spec: jobSpecSchema });
