import { createHash } from 'node:crypto';
import type { SubmittedSpec } from '../../core/contract/job-spec.ts';

/**
 * Tells two submissions under one Idempotency-Key apart by what they would store: white space, the
 * order of keys and defaults that are spelt out make no other job.
 */
export function specHash(spec: SubmittedSpec): string {
  const text = JSON.stringify(spec, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? inOrder(value) : value,
  );
  return createHash('sha256').update(text).digest('base64url');
}

function inOrder(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
