import * as z from 'zod';
import { messageSchema } from './parameters.ts';

/** Body of `POST /jobs/{id}/note`; the answer is the journal entry. */
export const addNoteBodySchema = z.strictObject({
  comment: messageSchema.refine((text) => text.trim() !== '', { error: 'must say something' }),
});
