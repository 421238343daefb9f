import type { Dispatched } from '../../../core/ports/actions.ts';

/** A call that its service does not take: no try of it can do better. */
export function callTooLarge(service: string, bytes: number, most: number): Dispatched {
  const message = `the call has ${bytes} bytes, and ${service} takes ${most}: store the input elsewhere and say where`;
  return { kind: 'settled', outcome: { kind: 'failed', error: { code: 'InputTooLarge', message } } };
}
