import type { Dispatched } from '../../../core/ports/actions.ts';

/**
 * Nothing is called: the commit that started the try holds the journal entry that the `Op Ready`
 * event is published from, and a worker completes the op through the API.
 */
export function dispatchExternal(): Dispatched {
  return { kind: 'accepted' };
}
