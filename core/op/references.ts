import type { InputProblem } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { JobError } from '../job/job-error.ts';

/** A JSON value, as zod's `z.json()` types it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The only reference that inputs may hold: `{$from: 'ops.<name>.result.<path>'}`. */
const REFERENCE_KEY = '$from';

const PATH = /^ops\.([A-Za-z0-9_/-]+)\.result((?:\.[^.]+)*)$/;

/** Names of the ops whose results an input needs, in the order met. */
export function referencedOps(input: Json): readonly string[] {
  return [...references(input, '')].flatMap(({ text }) => {
    const parsed = typeof text === 'string' ? parseReference(text) : null;
    return parsed === null ? [] : [parsed.op];
  });
}

/**
 * What is wrong with the references of one op: not a reference, to no op, or to an op whose result
 * is not there yet when this one runs.
 *
 * @param position index of the op the input belongs to
 * @param own whether the op may refer to itself, as its rollback may
 */
export function referenceProblems(
  spec: JobSpec,
  input: Json,
  at: { path: string; position: number; own: boolean },
): readonly InputProblem[] {
  return [...references(input, at.path)].flatMap(({ path, text, alone }): InputProblem[] => {
    const parsed = typeof text === 'string' && alone ? parseReference(text) : null;
    if (parsed === null) {
      const message = `must be {"$from": "ops.<name>.result.<path>"} and nothing beside it`;
      return [{ path, code: 'InvalidReference', message }];
    }
    const target = spec.ops.findIndex((op) => op.name === parsed.op);
    if (target < 0) {
      const names = spec.ops.map((op) => op.name).join(', ');
      return [
        { path, code: 'UnknownReference', message: `there is no op '${parsed.op}'; the ops are ${names}` },
      ];
    }
    if (target > at.position || (target === at.position && !at.own)) {
      const message = `op '${parsed.op}' has not run by then; refer to an earlier op`;
      return [{ path, code: 'ForwardReference', message }];
    }
    return [];
  });
}

/** Replaces every reference by the value it names, or says which names nothing. */
export function resolveInput(
  input: Json,
  resultOf: (op: string) => Json | undefined,
): { readonly ok: true; readonly input: Json } | { readonly ok: false; readonly error: JobError } {
  try {
    return { ok: true, input: resolve(input, resultOf) };
  } catch (error) {
    if (!(error instanceof UnresolvedReference)) throw error;
    return { ok: false, error: { code: 'ReferenceMissing', message: error.message } };
  }
}

interface Found {
  readonly path: string;
  readonly text: Json | undefined;
  readonly alone: boolean;
}

function* references(value: Json, path: string): Generator<Found> {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* references(item, `${path}.${index}`);
    return;
  }
  if (Object.hasOwn(value, REFERENCE_KEY)) {
    yield { path, text: value[REFERENCE_KEY], alone: Object.keys(value).length === 1 };
    return;
  }
  for (const [key, item] of Object.entries(value)) yield* references(item, `${path}.${key}`);
}

function parseReference(text: string): { readonly op: string; readonly keys: readonly string[] } | null {
  const match = PATH.exec(text);
  const [, op, rest] = match ?? [];
  if (op === undefined || rest === undefined) return null;
  return { op, keys: rest === '' ? [] : rest.slice(1).split('.') };
}

class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
}

function resolve(value: Json, resultOf: (op: string) => Json | undefined): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => resolve(item, resultOf));
  const text = Object.hasOwn(value, REFERENCE_KEY) ? value[REFERENCE_KEY] : undefined;
  const reference = typeof text === 'string' ? parseReference(text) : null;
  if (reference !== null) return follow(reference, String(text), resultOf);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, resultOf)]));
}

function follow(
  reference: { readonly op: string; readonly keys: readonly string[] },
  text: string,
  resultOf: (op: string) => Json | undefined,
): Json {
  let value = resultOf(reference.op);
  for (const key of reference.keys) {
    const container: Json | undefined = value;
    value =
      container !== null && typeof container === 'object' && Object.hasOwn(container, key)
        ? Array.isArray(container)
          ? container[Number(key)]
          : container[key]
        : undefined;
  }
  if (value === undefined) {
    throw new UnresolvedReference(
      `${text} names nothing: the result of op '${reference.op}' has no such part`,
    );
  }
  return value;
}
