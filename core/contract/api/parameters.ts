import * as z from 'zod';
import { nameSchema } from '../job-spec.ts';
import { LIMITS, utf8Bytes } from '../limits.ts';
import { PUBLISHED } from '../published.ts';

/** Longest cursor that Jobplane hands out, with room: it repeats the filter. */
const CURSOR_CHARACTERS = 8_192;

/** Parameters that several routes take. All of a query string is text, so numbers are parsed from it. */
export const projectSchema = nameSchema;

export const cursorSchema = z
  .string()
  .min(1)
  .max(CURSOR_CHARACTERS)
  .register(PUBLISHED, { type: 'string', minLength: 1 });

/** A whole number in a query string. */
export function wholeNumber(bounds: { readonly min: number; readonly max: number }) {
  return z
    .string()
    .refine((text) => /^\d{1,15}$/.test(text) && Number(text) >= bounds.min && Number(text) <= bounds.max, {
      error: `must be a whole number from ${bounds.min} to ${bounds.max}`,
    })
    .transform(Number)
    .register(PUBLISHED, { type: 'integer', minimum: bounds.min, maximum: bounds.max });
}

/** `true` or `false` in a query string. */
export const flagSchema = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .register(PUBLISHED, { type: 'boolean' });

/** An ISO 8601 date and time with its offset, as milliseconds since the epoch. */
export const momentSchema = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 date and time with its offset' })
  .transform((text) => Date.parse(text))
  .refine((instant) => instant >= 0, { error: 'must not be before 1970' });

/** What a person or a worker writes, up to the limit of a message. */
export const messageSchema = z
  .string()
  .refine((text) => utf8Bytes(text) <= LIMITS.messageBytes, {
    error: `must have at most ${LIMITS.messageBytes} bytes`,
    params: { code: 'MessageTooLarge' },
  })
  .register(PUBLISHED, { type: 'string', maxLength: LIMITS.messageBytes });

/** Of a route that takes no query, or no body. */
export const nothingSchema = z.strictObject({});
