import type * as z from 'zod';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

/**
 * Reads an answer by the contract. A deployment may be newer than the command line: what it says beyond the
 * contract is passed over, so that nobody has to update both at once.
 */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const strict = schema.safeParse(body);
  if (strict.success) return strict.data;
  const known = structuredClone(body);
  for (const issue of strict.error.issues) {
    if (issue.code === 'unrecognized_keys') dropKeys(known, issue.path, issue.keys);
  }
  const tolerant = schema.safeParse(known);
  if (tolerant.success) return tolerant.data;
  const [issue] = tolerant.error.issues;
  throw new Failure(
    `The API answered something else than this command line knows: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    {
      exitCode: EXIT.unreachable,
      advice: 'Update jobplane, or ask for --output json, which takes any answer.',
    },
  );
}

function dropKeys(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): void {
  let at = value;
  for (const key of path) at = isObject(at) ? Reflect.get(at, key) : undefined;
  if (!isObject(at)) return;
  for (const key of keys) Reflect.deleteProperty(at, key);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
