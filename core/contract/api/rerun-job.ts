import * as z from 'zod';
import { RERUN_FROM, type RerunFrom } from '../../job/rerun-job.ts';
import { messageSchema } from './parameters.ts';

export const runNowIsMeant = (body: { readonly from: RerunFrom; readonly runNow: boolean }) =>
  !body.runNow || body.from === 'RUN';

export const RUN_NOW_IS_MEANT = {
  error: 'goes only with from RUN: PRE keeps the date of RUN, and nothing else waits for one',
  path: ['runNow'],
};

/** Body of `POST /jobs/{id}/rerun`; the answer is the job as its next attempt. */
export const rerunJobBodySchema = z
  .strictObject({
    from: z.enum(RERUN_FROM).default('PRE'),
    /** RUN does not wait for its date. */
    runNow: z.boolean().default(false),
    comment: messageSchema.optional(),
  })
  .refine(runNowIsMeant, RUN_NOW_IS_MEANT);
