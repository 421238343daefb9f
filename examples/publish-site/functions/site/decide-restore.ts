import { compareFences } from './compare-fences.ts';
import { decideSwitch, type SwitchDecision } from './decide-switch.ts';
import type { Pointer } from './pointer.ts';
import type { WantedSwitch } from './wanted-switch.ts';

/**
 * As {@link decideSwitch}, but what another release has published stays: it came since, or this one was cut
 * off before it published. Then only the fence is raised, so that the publishing function which may still be
 * running comes too late.
 */
export function decideRestore(current: Pointer | undefined, wanted: WantedSwitch): SwitchDecision {
  if (current === undefined || current.writer.release === wanted.writer.release) {
    return decideSwitch(current, wanted);
  }
  const reason = `job ${current.writer.jobId} has switched it since`;
  if (compareFences(current.fence, wanted.fence) >= 0) return { action: 'keep', pointer: current, reason };
  return { action: 'write', pointer: { ...current, fence: wanted.fence }, reason };
}
