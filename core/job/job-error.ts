import * as z from 'zod';
import { anyJsonSchema } from '../contract/published.ts';
import { opIndexSchema } from './identifiers.ts';

/** Why a job or an op did not succeed: what failed, in words a person can act on. */
export const jobErrorSchema = z.strictObject({
  /** A code of Jobplane's own closed set, or the name of the error that the action raised. */
  code: z.string(),
  message: z.string(),
  op: opIndexSchema.optional(),
  detail: anyJsonSchema.optional(),
});

export type JobError = z.infer<typeof jobErrorSchema>;
