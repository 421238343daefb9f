import { isDeleted } from '../../../core/job/delete-job.ts';
import { endingOf, isLive } from '../../../core/job/job.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';
import { expectedRerun, expectedRollback } from './expected-attempt.ts';
import type { PlannedCommand } from './job-plan.ts';
import type { LedgerJob } from './ledger.ts';

const AT_WORK: ReadonlySet<Status> = new Set(['RUNNING', 'CHILD_QUEUED', 'CHILD_RUNNING']);

/**
 * Whether the job takes the command as it is, by the design's table of commands; undefined for commands
 * that the table does not decide alone.
 */
export function takesCommand(known: LedgerJob, command: PlannedCommand['command']): boolean | undefined {
  const { head, attempt } = known;
  if (isDeleted(head)) return false;
  const isEnding = endingOf(head) !== undefined;
  const isAtWork = AT_WORK.has(head.status) || (head.status === 'QUEUED' && isLive(head));
  const hasFamily = head.parent !== undefined || head.children !== undefined;
  switch (command.kind) {
    case 'pause':
      return isAtWork && !isEnding && attempt.kind !== 'rollback';
    case 'resume':
      return (isAtWork || head.status === 'PAUSED') && !isEnding;
    case 'rerun':
      return isSettled(head.status) && !hasFamily && expectedRerun(known, command.from) !== null;
    case 'rollback':
      return isSettled(head.status) && !hasFamily && expectedRollback(known) !== null;
    default:
      return undefined;
  }
}
