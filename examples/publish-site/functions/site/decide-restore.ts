import { decideSwitch, type SwitchDecision, type WantedSwitch } from './decide-switch.ts';
import type { Pointer } from './pointer.ts';

/** As {@link decideSwitch}, but undoing a job must not undo another one that has published since. */
export function decideRestore(current: Pointer | undefined, wanted: WantedSwitch): SwitchDecision {
  if (current !== undefined && current.writer.jobId !== wanted.writer.jobId) {
    return { action: 'keep', pointer: current, reason: `job ${current.writer.jobId} has switched it since` };
  }
  return decideSwitch(current, wanted);
}
