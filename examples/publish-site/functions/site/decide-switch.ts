import type { Pointer, Writer } from './pointer.ts';

/** What is to become of a site's pointer, and why. */
export type SwitchDecision =
  | { readonly action: 'write'; readonly pointer: Pointer; readonly reason: string }
  | { readonly action: 'keep'; readonly pointer: Pointer; readonly reason: string }
  | { readonly action: 'refuse'; readonly reason: string };

export interface WantedSwitch {
  readonly site: string;
  readonly version: string | null;
  readonly writer: Writer;
}

/**
 * Decides whether a writer may switch a site. Fences order the writers of one job: a function that
 * Jobplane gave up on may run on and write late, and must not win over the one that came after it.
 * They say nothing about two jobs; of those the later switch counts.
 */
export function decideSwitch(current: Pointer | undefined, wanted: WantedSwitch): SwitchDecision {
  const { writer } = wanted;
  if (current === undefined) {
    return write(wanted, null, 'the site has not been published before');
  }
  if (current.writer.jobId !== writer.jobId) {
    return write(wanted, current.version, `it replaces the version of job ${current.writer.jobId}`);
  }
  if (current.writer.opFence > writer.opFence) {
    return {
      action: 'refuse',
      reason: `this try has the fence ${writer.opFence}, and the job has written with ${current.writer.opFence} since`,
    };
  }
  if (current.writer.opFence === writer.opFence) {
    return { action: 'keep', pointer: current, reason: 'this try has switched the site already' };
  }
  if (current.writer.attempt === writer.attempt && current.writer.op === writer.op) {
    // What this try finds is not what was there before its op, so it takes over what the first one found.
    return write(wanted, current.previous, 'an earlier try of the same op has switched the site already');
  }
  return write(wanted, current.version, 'it replaces an earlier version of the same job');
}

function write(
  { site, version, writer }: WantedSwitch,
  previous: string | null,
  reason: string,
): SwitchDecision {
  return { action: 'write', pointer: { site, version, previous, writer }, reason };
}
