import { GANETI } from './constants.ts';
import type { GanetiOp } from './ganeti-job.ts';

/** The most urgent (smallest) priority of the ops that are not final; 0 when all are (CalcPriority). */
export function calcPriority(ops: readonly Pick<GanetiOp, 'status' | 'priority'>[]): number {
  const unfinished = ops.filter((op) => !GANETI.finalized.has(op.status));
  if (unfinished.length === 0) return GANETI.defaultPriority;
  return Math.min(...unfinished.map((op) => op.priority));
}
