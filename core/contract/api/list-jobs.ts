import * as z from 'zod';
import { STATUS_CLASSES, STATUSES } from '../../job/status.ts';
import { nameSchema } from '../job-spec.ts';
import { LIMITS } from '../limits.ts';
import { PUBLISHED } from '../published.ts';
import { jobShapeSchema } from './job-shape.ts';
import { cursorSchema, momentSchema, projectSchema, wholeNumber } from './parameters.ts';

const LIMIT = { min: 1, max: 100, default: 50 } as const;

/** `key:value`: a label's key has no colon, so the first one ends it. */
const labelSchema = z
  .string()
  .refine((text) => text.indexOf(':') > 0, { error: 'must be key:value' })
  .transform((text) => ({ key: text.slice(0, text.indexOf(':')), value: text.slice(text.indexOf(':') + 1) }));

const LABEL = { type: 'string', pattern: '^[^:]+:' } as const;

/** `GET /jobs`. */
export const listJobsQuerySchema = z.strictObject({
  project: projectSchema.optional(),
  class: z.enum(STATUS_CLASSES).optional(),
  status: z.enum(STATUSES).optional(),
  queue: nameSchema.optional(),
  owner: z.string().min(1).optional(),
  /** May be given several times: a job then has them all. */
  label: z
    .union([labelSchema.transform((label) => [label]), z.array(labelSchema).max(LIMITS.labels)])
    .register(PUBLISHED, {
      anyOf: [LABEL, { type: 'array', items: LABEL, maxItems: LIMITS.labels }],
    })
    .default([]),
  /** Jobs received since, or settled since. */
  since: momentSchema.optional(),
  limit: wholeNumber(LIMIT).default(LIMIT.default),
  cursor: cursorSchema.optional(),
});

/** Newest first: by when a job was received, or once it has settled, by when that was. */
export const jobListSchema = z.strictObject({
  items: z.array(jobShapeSchema),
  /** There may be more; a page may be shorter than asked for, even empty, and have a cursor. */
  cursor: z.string().optional(),
});
