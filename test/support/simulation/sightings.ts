import type { Change, LineChange } from '../../../core/job/change.ts';
import { endingOf, isLive, isWaiting, type Job, placeOf } from '../../../core/job/job.ts';
import { isSettled } from '../../../core/job/status.ts';
import type { Op } from '../../../core/op/op.ts';
import { referencedOps } from '../../../core/op/references.ts';
import type { CommittedChange } from './commit-checks.ts';
import type { Coverage, Sight } from './coverage.ts';
import { sawTrouble } from './trouble-sightings.ts';

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
export function sawCommit(coverage: Coverage, committed: CommittedChange, by: string): void {
  const { change, before, spec, opsBefore } = committed;
  sawTrouble(coverage, committed);
  const sight = OF_TRANSITION[change.transition];
  if (sight !== undefined) coverage.saw(sight);
  sawBeside(coverage, change);
  sawWaiting(coverage, change, before?.head, by);
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
      if (
        before.status === 'CANCELING' &&
        isSettled(after.status) &&
        after.status !== 'CANCELED_WHILE_RUNNING'
      ) {
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

/** Notes what a change of semaphores that belongs to no job shows. */
export function sawLines(coverage: Coverage, change: LineChange, by: string): void {
  sawBeside(coverage, change);
  if (by.startsWith('sweep') && change.touched.length > 0) coverage.saw('grant by a sweep');
  if (change.queue?.queue.paused === true) coverage.saw('paused queue');
  for (const { semaphore } of change.semaphores) {
    if (change.transition !== 'set resource' || semaphore.held <= semaphore.capacity) continue;
    coverage.saw('resource below what is held');
  }
}

function sawBeside(coverage: Coverage, change: Change | LineChange): void {
  coverage.saw(`change: ${change.transition}`);
  for (const { job } of change.touched) {
    coverage.saw(
      job.owed.some(({ kind }) => kind === 'advance') ? 'change: grant' : 'change: note dependent',
    );
    for (const { kind } of job.owed) coverage.saw(`owed: ${kind}`);
  }
  for (const { semaphore, putHolds, putWaits } of change.semaphores) {
    const isLock = semaphore.kind === 'lock';
    if (isLock && putHolds.some(({ units }) => units === 1)) coverage.saw('shared lock');
    if (isLock && semaphore.held === 1 && putWaits.some(({ units }) => units > 1)) {
      coverage.saw('exclusive behind shared');
    }
    if (semaphore.kind === 'admission' && putWaits.length > 0) coverage.saw('admission full');
    const isNewcomer = 'job' in change && putHolds.some(({ jobId }) => jobId === change.job.id);
    if (isNewcomer && semaphore.waiting > 0 && change.touched.length === 0) {
      coverage.saw('granted at once before others who wait');
    }
  }
}

/** What a job waits for and holds, and how it ends while somebody waits for that. */
function sawWaiting(coverage: Coverage, change: Change, before: Job | undefined, by: string): void {
  const { job, transition } = change;
  for (const { kind } of job.owed) coverage.saw(`owed: ${kind}`);
  if (!isLive(job)) coverage.saw(`status: ${job.status}`);
  const isStarting = job.status === 'QUEUED' && job.waitReason === 'starting';
  if (isStarting && change.semaphores.length > 1)
    coverage.saw('started with all it needs in one transaction');
  if (placeOf(job) !== undefined && job.holds.length > 0) coverage.saw('waits with something held');
  if (transition === 'change priority' && job.holds.length > (before?.holds.length ?? 0)) {
    coverage.saw('regranted by its own priority');
  }
  if (before === undefined) return;
  if (transition === 'release by force') {
    coverage.saw(isWaiting(before) ? 'lock taken from a job that waits' : 'lock taken from a job that runs');
  }
  if (transition === 'cancel job' && placeOf(before) !== undefined) coverage.saw('cancel in line');
  if (transition === 'decide on dependency' && job.status.startsWith('CANCELED')) {
    coverage.saw('dependent canceled by the end');
  }
  if (transition === 'advance job' && before.status === 'WAITING_DEPENDENCY') {
    coverage.saw('dependent runs whatever the end');
  }
  const wasEnding = endingOf(before) !== undefined;
  if (wasEnding && transition === 'force end') coverage.saw('cancel while ending');
  if (wasEnding && !by.startsWith('Finish') && isSettled(job.status)) {
    coverage.saw('wound up by another than its own function');
  }
  if (!isSettled(job.status) || isSettled(before.status)) return;
  if (job.holds.length > 0) coverage.saw('end before what is held is given back');
  if (change.semaphores.length > 1) coverage.saw('end with all that is held in one transaction');
}
