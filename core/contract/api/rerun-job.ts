import * as z from 'zod';
import { RERUN_FROM } from '../../job/rerun-job.ts';
import { messageSchema } from './parameters.ts';

/** Body of `POST /jobs/{id}/rerun`; the answer is the job as its next attempt. */
export const rerunJobBodySchema = z
  .strictObject({
    from: z.enum(RERUN_FROM).default('PRE'),
    /** RUN does not wait for its date. */
    runNow: z.boolean().default(false),
    comment: messageSchema.optional(),
  })
  .refine(({ from, runNow }) => !runNow || from === 'RUN', {
    error: 'goes only with from RUN: PRE keeps the date of RUN, and nothing else waits for one',
    path: ['runNow'],
  });
