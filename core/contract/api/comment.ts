import * as z from 'zod';
import { messageSchema } from './parameters.ts';

/** Body of `POST /jobs/{id}/confirm`, `/approve` and `/reject`: what somebody says to it, journaled. */
export const commentBodySchema = z.strictObject({ comment: messageSchema.optional() });
