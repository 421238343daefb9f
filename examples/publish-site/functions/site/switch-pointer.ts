import { ActionFailure } from '../runtime/action-failure.ts';
import type { Bucket } from '../runtime/bucket.ts';
import type { SwitchDecision } from './decide-switch.ts';
import { type Pointer, readPointer } from './pointer.ts';
import { targetKeys } from './target-keys.ts';

interface Switched {
  /** What the target shows now. */
  readonly pointer: Pointer;
  readonly reason: string;
}

/** One round is lost for each other writer that comes first, and they are few. */
const MAX_ROUNDS = 5;

/**
 * Carries out what `decide` makes of the pointer that is there. The write holds only if the pointer
 * is still the one that was decided upon; otherwise it is read and decided again.
 */
export async function switchPointer(
  sites: Bucket,
  target: string,
  decide: (current: Pointer | undefined) => SwitchDecision,
): Promise<Switched> {
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const stored = await readPointer(sites, target);
    const decision = decide(stored?.pointer);
    if (decision.action === 'refuse') throw new ActionFailure('StaleWriter', decision.reason);
    if (decision.action === 'keep') return decision;
    const outcome = await sites.writeIf(
      stored === undefined ? { absent: true } : { unchangedSince: stored.etag },
      targetKeys(target).pointer,
      { body: Buffer.from(JSON.stringify(decision.pointer, null, 2)), contentType: 'application/json' },
    );
    if (outcome === 'written') return decision;
  }
  throw new ActionFailure('PointerContended', `others switched ${target} ${MAX_ROUNDS} times meanwhile`);
}
