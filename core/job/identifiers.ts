import * as z from 'zod';

/** A ULID: 26 characters of Crockford's base 32, sorting by the time the job was received. */
export const jobIdSchema = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'must be a job id: 26 characters of Crockford base 32')
  .brand<'JobId'>();

export type JobId = z.infer<typeof jobIdSchema>;

/** Increased by one with every change of a job; every write of the head is guarded by it. */
export const versionSchema = z.int().min(1);

/** Position of an entry in a job's journal, from 1, without gaps. */
export const serialSchema = z.int().min(1);

export const attemptSchema = z.int().min(1);

/** Position of an op in its job, from 0. A rollback of op `i` of `n` ops is the op `n + i`. */
export const opIndexSchema = z.int().min(0);

export const trySchema = z.int().min(1);
