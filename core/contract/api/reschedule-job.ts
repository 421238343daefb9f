import * as z from 'zod';
import { durationOf, secondsOf } from '../duration.ts';
import { instantTextSchema, momentOf } from '../instant-text.ts';
import { messageSchema } from './parameters.ts';

/** As for a specification's `startWithin`: a hundred years is as good as for ever. */
const WINDOW = { minSeconds: 1, maxSeconds: 100 * 31_536_000 } as const;

/** Body of `POST /jobs/{id}/reschedule`; the answer is the job. */
export const rescheduleJobBodySchema = z.strictObject({
  /** The past means now; null: no date, the job stands as CREATED until it is confirmed or given one. */
  at: instantTextSchema.transform(momentOf).nullable(),
  /** How long after its date it may still start; left out: as long as before. */
  startWithin: durationOf(WINDOW).transform(secondsOf).optional(),
  comment: messageSchema.optional(),
});
