import { type Group, type GroupRef, newGroup } from '../../../core/children/group.ts';
import type { SETTLED_STATUSES } from '../../../core/job/status.ts';
import { RUN_ID } from '../../support/job-run.ts';

export const REF: GroupRef = { jobId: RUN_ID, attempt: 1, op: 0, try: 1 };

type Counts = Partial<Record<(typeof SETTLED_STATUSES)[number], number>>;

const WELL: ReadonlySet<string> = new Set(['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS']);

/** A group whose children have ended like this, all of them unless a total is given. */
export function endedGroup(counts: Counts, overrides: Partial<Group> = {}): Group {
  const entries = Object.entries(counts);
  const settled = entries.reduce((sum, [, count]) => sum + count, 0);
  const well = entries.reduce((sum, [status, count]) => sum + (WELL.has(status) ? count : 0), 0);
  return {
    ...newGroup(REF, 'run', settled),
    created: settled,
    settled,
    unsuccessful: settled - well,
    counts,
    ...overrides,
  };
}
