import type { Change } from '../../../core/job/change.ts';
import { isLive, type Job } from '../../../core/job/job.ts';
import type { Op } from '../../../core/op/op.ts';
import { referencedOps } from '../../../core/op/references.ts';
import type { CommittedChange } from './commit-checks.ts';
import type { Coverage, Sight } from './coverage.ts';

const OF_TRANSITION: Partial<Record<Change['transition'], Sight>> = {
  'replace token': 'token replaced',
  'hold op': 'long wait held by a token',
  'continue in next segment': 'segment continued',
  'hand over to RUN': 'PRE and RUN',
  'record repair': 'sweeper repair',
  'force end': 'force',
  'mark for deletion': 'deletion',
};

/** Notes what a commit shows to have happened. */
export function sawCommit(
  coverage: Coverage,
  { change, before, spec, opsBefore }: CommittedChange,
  by: string,
): void {
  const sight = OF_TRANSITION[change.transition];
  if (sight !== undefined) coverage.saw(sight);
  sawMove(coverage, before?.head, change.job, by);
  for (const { op } of change.ops) sawOp(coverage, op, opsBefore.get(op.index), change.transition);
  for (const { op } of change.ops) {
    const planned = spec.ops[op.index];
    if (op.index >= spec.ops.length && op.status === 'success') {
      coverage.saw('rollback');
      if (opsBefore.get(op.index - spec.ops.length)?.status !== 'success')
        coverage.saw('rollback when started');
    }
    if (op.status === 'error') {
      if (op.index >= spec.ops.length) coverage.saw('failed rollback');
      if (op.error.code === 'ReferenceMissing') coverage.saw('reference to nothing');
      if (planned?.onError === 'continue') coverage.saw('op continued after its failure');
      if (planned?.onError === 'finish') coverage.saw('op finished its job early');
    }
    if (op.status === 'running' && planned?.step === 'POST') {
      if (before !== undefined && 'decided' in before.head) coverage.saw('POST after failure');
    }
    const references = planned === undefined ? [] : referencedOps(planned.input);
    if (op.status === 'success' && references.length > 0) coverage.saw('reference resolved');
  }
}

function sawMove(coverage: Coverage, before: Job | undefined, after: Job, by: string): void {
  if (before === undefined || before.status === after.status) return;
  switch (after.status) {
    case 'CANCELING':
      coverage.saw('cancel while running');
      return;
    case 'CANCELED_BEFORE_START':
      coverage.saw('cancel before start');
      return;
    case 'CANCELED_AFTER_FAILURE':
      coverage.saw('cancel after failure');
      return;
    case 'ABENDED':
      coverage.saw(by.startsWith('sweep') ? 'abend noticed by a look' : 'abend noticed by an event');
      return;
    case 'ROLLING_BACK':
      if (before.status === 'CANCELING') coverage.saw('cancel while rolling back');
      return;
    default:
      if (before.status === 'CANCELING' && !isLive(after) && after.status !== 'CANCELED_WHILE_RUNNING') {
        coverage.saw('the natural end won against a cancel');
      }
  }
}

function sawOp(coverage: Coverage, op: Op, before: Op | undefined, transition: Change['transition']): void {
  if (transition === 'record late answer') coverage.saw('late completion');
  if (op.status === 'running' && op.try > 1) coverage.saw('retried try');
  if (op.status === 'success') {
    if (op.warnings.length > 0) coverage.saw('warnings');
    if (op.action === 'wait' && before?.status === 'running') coverage.saw('wait over');
  }
  if (op.status === 'tried' || op.status === 'error') {
    if (op.error.code === 'Timeout') coverage.saw('timeout');
    if (op.error.code === 'HeartbeatTimeout') coverage.saw('heartbeat missed');
    if (op.error.code === 'Unreachable') coverage.saw('unreachable target');
  }
  if (op.status === 'tried' && op.held) coverage.saw('long wait held by a token');
}
