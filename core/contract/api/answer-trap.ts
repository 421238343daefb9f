import * as z from 'zod';
import { TRAP_ANSWERS } from '../../job/job.ts';
import { messageSchema } from './parameters.ts';

/** Body of `POST /jobs/{id}/trap`; the answer is the job. An empty answer is none: nothing is guessed. */
export const answerTrapBodySchema = z.strictObject({
  answer: z.enum(TRAP_ANSWERS),
  comment: messageSchema.optional(),
});
