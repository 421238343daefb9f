import * as z from 'zod';
import { cursorSchema, momentSchema, projectSchema } from './parameters.ts';

/** Body of `POST /republish`: a job, or the time from `from` up to `to`. */
export const republishBodySchema = z
  .strictObject({
    project: projectSchema.optional(),
    /** Of whatever form: one that is no id names no job. */
    jobId: z.string().optional(),
    from: momentSchema.optional(),
    to: momentSchema.optional(),
    /** From the answer before, with the same body otherwise. */
    cursor: cursorSchema.optional(),
  })
  .transform((body, context) => {
    const { project, jobId, from, to, cursor } = body;
    const asked = { project, cursor };
    if (jobId !== undefined && from === undefined && to === undefined) {
      return { ...asked, jobId };
    }
    if (jobId === undefined && from !== undefined && to !== undefined && from < to) {
      return { ...asked, from, to };
    }
    context.addIssue({ code: 'custom', message: "must have either 'jobId', or 'from' and a later 'to'" });
    return z.NEVER;
  });

/** How many entries were sent; with a cursor, call again with it for the rest. */
export const republishedSchema = z.strictObject({ republished: z.int(), cursor: z.string().optional() });
