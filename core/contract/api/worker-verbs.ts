import * as z from 'zod';
import { attemptSchema, trySchema } from '../../job/identifiers.ts';
import { jsonBytes, LIMITS } from '../limits.ts';
import { anyJsonSchema, PUBLISHED } from '../published.ts';
import { messageSchema } from './parameters.ts';

/** What a worker proves that it speaks of the try it was given. */
const theTry = { attempt: attemptSchema, try: trySchema };

/** The op in `/jobs/{id}/ops/{index}`. */
export const opPathSchema = z.strictObject({
  index: z
    .string()
    .refine((text) => /^\d{1,6}$/.test(text), {
      error: "must be an op's index, a whole number",
      params: { code: 'OpNotFound' },
    })
    .transform(Number)
    .register(PUBLISHED, { type: 'integer', minimum: 0, maximum: 999_999 }),
});

const ERROR_CODE_CHARACTERS = 128;

/** Body of `POST /jobs/{id}/ops/{index}/complete`. */
export const completeOpBodySchema = z.strictObject({ ...theTry, result: anyJsonSchema.optional() });

/** Body of `POST /jobs/{id}/ops/{index}/fail`. It ends up in the job's head, so it is kept small. */
export const failOpBodySchema = z.strictObject({
  ...theTry,
  error: z.strictObject({
    code: z.string().min(1).max(ERROR_CODE_CHARACTERS),
    message: messageSchema,
    detail: anyJsonSchema
      .refine((detail) => jsonBytes(detail) <= LIMITS.messageBytes, {
        error: `must have at most ${LIMITS.messageBytes} bytes`,
        params: { code: 'MessageTooLarge' },
      })
      .optional(),
  }),
});

/** Body of `POST /jobs/{id}/ops/{index}/heartbeat`. */
export const heartbeatBodySchema = z.strictObject(theTry);

/** Body of `POST /jobs/{id}/ops/{index}/log`; the answer is the journal entry. */
export const logBodySchema = z.strictObject({ ...theTry, message: messageSchema });
