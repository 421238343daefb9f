import type { Pointer, Writer } from './pointer.ts';

/** What is to become of a target's pointer, and why. */
export type SwitchDecision =
  | { readonly action: 'write'; readonly pointer: Pointer; readonly reason: string }
  | { readonly action: 'keep'; readonly pointer: Pointer; readonly reason: string }
  | { readonly action: 'refuse'; readonly reason: string };

export interface WantedSwitch {
  readonly target: string;
  readonly version: string | null;
  readonly writer: Writer;
}

/**
 * Decides whether a writer may switch a target. A function that Jobplane gave up on may run on and write
 * late, and must not win over whoever came after it: the fence of the lock tells it from a job that has
 * taken the lock since, the fence of the op from a later op or try of its own job.
 */
export function decideSwitch(current: Pointer | undefined, wanted: WantedSwitch): SwitchDecision {
  const { writer } = wanted;
  if (current === undefined) {
    return write(wanted, null, 'nothing has been published there before');
  }
  if (current.writer.lockFence > writer.lockFence) {
    return refuse(`its lock has the fence ${writer.lockFence}`, current.writer.lockFence);
  }
  if (current.writer.jobId !== writer.jobId) {
    return write(wanted, current.version, `it replaces the version of job ${current.writer.jobId}`);
  }
  if (current.writer.opFence > writer.opFence) {
    return refuse(`this try has the fence ${writer.opFence}`, current.writer.opFence);
  }
  if (current.writer.opFence === writer.opFence) {
    return { action: 'keep', pointer: current, reason: 'this try has switched it already' };
  }
  if (current.writer.attempt === writer.attempt && current.writer.op === writer.op) {
    // What this try finds is not what was there before its op, so it takes over what the first one found.
    return write(wanted, current.previous, 'an earlier try of the same op has switched it already');
  }
  return write(wanted, current.version, 'it replaces an earlier version of the same job');
}

function refuse(own: string, since: number): SwitchDecision {
  return { action: 'refuse', reason: `${own}, and ${since} has written since` };
}

function write(
  { target, version, writer }: WantedSwitch,
  previous: string | null,
  reason: string,
): SwitchDecision {
  return { action: 'write', pointer: { target, version, previous, writer }, reason };
}
