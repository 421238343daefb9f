import type { Dispatched } from '../../../core/ports/actions.ts';

/**
 * Kinds `external` and `manual`. Nothing is called: the commit that started the try holds the journal
 * entry that the `Op Ready` event is published from, and a worker or a person completes the op through
 * the API. Nor is anything stopped: a worker learns from its next heartbeat that it is not wanted.
 */
export function dispatchOffered(): Dispatched {
  return { kind: 'accepted' };
}
