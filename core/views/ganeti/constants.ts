import type { OpStatus } from '../../op/op-view.ts';

/** Ganeti's constants of priorities and status groups (src/Ganeti/Constants.hs). Lower is more urgent. */
export const GANETI = {
  lowestPriority: 19,
  highestPriority: -20,
  defaultPriority: 0,
  /** Ends of an op and of a job alike. */
  finalized: new Set<OpStatus>(['success', 'error', 'canceled']),
  /** A job that has not begun to execute, or will not. */
  pending: new Set<OpStatus>(['queued', 'waiting', 'canceling']),
} as const;
