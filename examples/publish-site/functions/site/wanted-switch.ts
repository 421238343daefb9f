import type { ActionEvent } from '../runtime/action-event.ts';
import { ActionFailure } from '../runtime/action-failure.ts';
import type { Pointer } from './pointer.ts';

/** What somebody wants a target to show, and by which right. */
export type WantedSwitch = Omit<Pointer, 'previous'>;

/** The lock of a target is named like the target, and whoever switches it must hold it. */
export function wantedSwitch(
  event: ActionEvent<{ readonly target: string; readonly release: string }>,
  action: Pointer['writer']['action'],
  version: string | null,
): WantedSwitch {
  const { jobId, attempt, op, opFence, fences } = event;
  const { target, release } = event.input;
  const lock = fences[target];
  if (lock === undefined) {
    throw new ActionFailure('Fatal', `the job does not hold the lock ${target}: it must be among its locks`);
  }
  return {
    target,
    version,
    writer: { action, release, jobId, attempt, op: op.index },
    fence: { lock, op: opFence },
  };
}
