import { calcStatus } from './calc-status.ts';
import { GANETI } from './constants.ts';
import type { GanetiAnswer, GanetiJob, GanetiOp } from './ganeti-job.ts';

/**
 * Gives every op that has not begun to run the new priority (ChangePriority); an op that runs keeps
 * the one it began with. Refused when the job is final or canceling, when no op is left to change,
 * and, with nothing changed, when a running or final op follows one to be changed: such a job is
 * broken, and half a change would hide it.
 *
 * @param priority -20 (most urgent) to 19
 */
export function changePriority(job: GanetiJob, priority: number): GanetiAnswer {
  const status = calcStatus(job.ops.map((op) => op.status));
  if (GANETI.finalized.has(status)) return { ok: false, message: `Job ${job.id} is finished`, job };
  if (status === 'canceling') return { ok: false, message: `Job ${job.id} is cancelling`, job };
  const firstPending = job.ops.findIndex(isPending);
  if (firstPending < 0) return { ok: false, message: `Job ${job.id} had no pending opcodes`, job };
  if (!job.ops.slice(firstPending).every(isPending)) {
    const message = `Job ${job.id} has a pending opcode before one that has run; no priority was changed`;
    return { ok: false, message, job };
  }
  return {
    ok: true,
    message: `Priorities of pending opcodes for job ${job.id} have been changed to ${priority}`,
    job: { ...job, ops: job.ops.map((op) => (isPending(op) ? { ...op, priority } : op)) },
  };
}

function isPending(op: GanetiOp): boolean {
  return op.status === 'queued' || op.status === 'waiting';
}
