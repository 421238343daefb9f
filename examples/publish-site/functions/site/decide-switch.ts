import { compareFences } from './compare-fences.ts';
import type { Pointer } from './pointer.ts';
import type { WantedSwitch } from './wanted-switch.ts';

/** What is to become of a target's pointer, and why. */
export type SwitchDecision =
  | { readonly action: 'write'; readonly pointer: Pointer; readonly reason: string }
  | { readonly action: 'keep'; readonly pointer: Pointer; readonly reason: string }
  | { readonly action: 'refuse'; readonly reason: string };

/**
 * Decides whether a target may be switched. A function that Jobplane gave up on may run on and write late,
 * and must not win over whoever came after it: a later try or op of its job, or a job that took the lock since.
 */
export function decideSwitch(current: Pointer | undefined, wanted: WantedSwitch): SwitchDecision {
  const write = (previous: string | null, reason: string): SwitchDecision => ({
    action: 'write',
    pointer: { ...wanted, previous },
    reason,
  });
  if (current === undefined) return write(null, 'nothing has been published there before');
  const order = compareFences(current.fence, wanted.fence);
  if (order > 0) {
    const [own, newer] = [wanted.fence, current.fence];
    const reason = `this try has the fence ${own.lock}/${own.op}, and ${newer.lock}/${newer.op} has been there since`;
    return { action: 'refuse', reason };
  }
  if (order === 0) return { action: 'keep', pointer: current, reason: 'this try has switched it already' };
  if (isSameOp(current.writer, wanted.writer)) {
    // What this try finds is not what was there before its op, so it takes over what the first one found.
    return write(current.previous, 'an earlier try of the same op has switched it already');
  }
  return write(current.version, `it replaces the version of job ${current.writer.jobId}`);
}

function isSameOp(one: Pointer['writer'], other: Pointer['writer']): boolean {
  return one.jobId === other.jobId && one.attempt === other.attempt && one.op === other.op;
}
