import * as z from 'zod';
import { ERRORS, type ErrorCode, type Refusal } from '../error-codes.ts';

/** Every answer that is not a success: `application/problem+json` (RFC 9457). */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** Stable: programs may branch on it. */
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() })).optional(),
  /** Seconds after which it may be asked again; the header `Retry-After` says the same. */
  retryAfter: z.int().min(1).optional(),
});

export type Problem = z.output<typeof problemSchema>;

/** A body may be wrong in a hundred thousand places; an answer lists the first of them. */
const PROBLEMS_LISTED = 50;

export function problemOf({ code, detail, errors, retryAfter }: Refusal): Problem {
  const { status, title } = ERRORS[code];
  return {
    type: problemType(code),
    title,
    status,
    code,
    detail,
    ...(errors === undefined
      ? {}
      : { errors: errors.slice(0, PROBLEMS_LISTED).map((error) => ({ ...error })) }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function problemType(code: ErrorCode): string {
  return `urn:jobplane:error:${code}`;
}
