import type * as z from 'zod';
import { ERRORS, type ErrorCode, type InputProblem, type Refused, refusedInput } from './error-codes.ts';

/** Parses outside input by its strict schema, or says everything that is wrong with it at once. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): { readonly ok: true; readonly value: z.output<Schema> } | Refused {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return refusedInput(parsed.error.issues.map(problemOf));
}

function problemOf(issue: z.core.$ZodIssue): InputProblem {
  return { path: issue.path.map(String).join('.'), code: codeOf(issue), message: messageOf(issue) };
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'UnknownKey';
    case 'invalid_type':
      return 'WrongType';
    case 'custom':
      return isErrorCode(issue.params?.['code']) ? issue.params['code'] : 'InvalidValue';
    // A record's key that is not a name: the problem is in the key's own issues.
    case 'invalid_key': {
      const [first] = issue.issues;
      return first === undefined ? 'InvalidValue' : codeOf(first);
    }
    default:
      return 'InvalidValue';
  }
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const named = issue.keys.slice(0, KEYS_IN_MESSAGE).map((key) => JSON.stringify(key));
    const more = issue.keys.length - named.length;
    return `there is no key ${named.join(', ')}${more === 0 ? '' : ` (nor ${more} more)`} here`;
  }
  return issue.message;
}

/** A body may have thousands of unknown keys; the first few tell what is wrong. */
const KEYS_IN_MESSAGE = 5;

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}
