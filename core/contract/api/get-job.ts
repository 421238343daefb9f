import * as z from 'zod';
import { OP_STATUSES } from '../../op/op-view.ts';
import { VIEW_NAMES } from '../../views/views.ts';
import { VOCABULARIES } from '../../views/vocabularies.ts';
import { anyJsonSchema, PUBLISHED } from '../published.ts';
import { jobShapeSchema } from './job-shape.ts';
import { childrenShapeSchema } from './list-children.ts';

/** More than Ganeti has fields: each may be asked for more than once, but not without end. */
const FIELDS_MAX = 50;

/** `GET /jobs/{id}`. */
export const getJobQuerySchema = z.strictObject({
  view: z
    .string()
    .transform((text, context) => {
      const view = VIEW_NAMES.find((name) => name === text);
      if (view !== undefined) return view;
      const message = `must be one of ${VIEW_NAMES.join(', ')}`;
      context.addIssue({ code: 'custom', message, params: { code: 'UnknownView' } });
      return z.NEVER;
    })
    .register(PUBLISHED, { type: 'string', enum: [...VIEW_NAMES] })
    .optional(),
  /** Names of Ganeti's fields, separated by commas. */
  fields: z
    .string()
    .transform((text) => (text === '' ? [] : text.split(',')))
    .refine((fields) => fields.length <= FIELDS_MAX, { error: `must be at most ${FIELDS_MAX} fields` })
    .optional(),
});

const exact = { exact: z.boolean() };

const viewsSchema = z.strictObject({
  oracle: z.strictObject({ status: z.enum(VOCABULARIES.oracle), ...exact }).optional(),
  hmc: z
    .strictObject({
      status: z.enum(VOCABULARIES.hmc),
      ...exact,
      completedTasks: z
        .array(z.strictObject({ name: z.string(), status: z.enum(VOCABULARIES.hmc), message: z.string() }))
        .optional(),
      retry: z.boolean(),
      retryAfter: z.iso.datetime().optional(),
    })
    .optional(),
  clarive: z
    .strictObject({
      status: z.enum(VOCABULARIES.clarive),
      ...exact,
      step: jobShapeSchema.shape.step,
      progress: z.int().min(0).max(100),
      dates: z.strictObject({
        startDate: z.iso.datetime().optional(),
        endDate: z.iso.datetime().optional(),
        scheduled: z.iso.datetime().optional(),
        maxStartDate: z.iso.datetime().optional(),
      }),
      natures: z.array(z.string()).optional(),
      rollback: z.enum(['Rollback OK', 'Rollback failed']).optional(),
    })
    .optional(),
  ganeti: z.strictObject({ status: z.enum(OP_STATUSES), ...exact }).optional(),
  flex: z.strictObject({ status: z.enum(VOCABULARIES.flex), ...exact }).optional(),
});

/** The job; with `view`, also in the vocabularies asked for; with `fields`, also Ganeti's values in the asked order. */
export const jobAnswerSchema = jobShapeSchema.extend({
  /** While it waits for children: how many have ended, and how. */
  children: childrenShapeSchema.optional(),
  views: viewsSchema.optional(),
  fields: z.array(anyJsonSchema).optional(),
});
