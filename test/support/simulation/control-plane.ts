import type { Change } from '../../../core/job/change.ts';
import { deleteJob as decideDelete } from '../../../core/job/delete-job.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { addNote as decideNote } from '../../../core/job/journal-notes.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import { answerTrap } from '../../../core/usecases/answer-trap.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { carryOut } from '../../../core/usecases/carry-out.ts';
import { changeJob } from '../../../core/usecases/change-job.ts';
import { changePriority } from '../../../core/usecases/change-priority.ts';
import { completeTry } from '../../../core/usecases/complete-try.ts';
import { confirmJob } from '../../../core/usecases/confirm-job.ts';
import { decideApproval } from '../../../core/usecases/decide-approval.ts';
import { endOfExecution } from '../../../core/usecases/end-of-execution.ts';
import { endOfFamily } from '../../../core/usecases/end-of-family.ts';
import { finishJob } from '../../../core/usecases/finish-job.ts';
import { handleOpFailure } from '../../../core/usecases/handle-op-failure.ts';
import { lookAtJob } from '../../../core/usecases/look-at-job.ts';
import { giveUpChildren, makeChildren } from '../../../core/usecases/make-children.ts';
import { pauseJob } from '../../../core/usecases/pause-job.ts';
import { performOp } from '../../../core/usecases/perform-op.ts';
import { planRecovery } from '../../../core/usecases/plan-recovery.ts';
import { readJob } from '../../../core/usecases/read-job.ts';
import { releaseLock } from '../../../core/usecases/release-lock.ts';
import { rerunJob } from '../../../core/usecases/rerun-job.ts';
import { rescheduleJob } from '../../../core/usecases/reschedule-job.ts';
import { resumeJob } from '../../../core/usecases/resume-job.ts';
import { rollBackJob } from '../../../core/usecases/roll-back-job.ts';
import { setQueue } from '../../../core/usecases/set-queue.ts';
import { setResource } from '../../../core/usecases/set-resource.ts';
import { submitJob } from '../../../core/usecases/submit-job.ts';
import { sweep } from '../../../core/usecases/sweep.ts';

/** Everything that can be asked of Jobplane, as a value: what a mutant replaces a part of. */
export interface ControlPlane {
  readonly submitJob: typeof submitJob;
  readonly performOp: typeof performOp;
  readonly handleOpFailure: typeof handleOpFailure;
  readonly planRecovery: typeof planRecovery;
  readonly finishJob: typeof finishJob;
  readonly makeChildren: typeof makeChildren;
  readonly giveUpChildren: typeof giveUpChildren;
  readonly completeTry: typeof completeTry;
  readonly cancelJob: typeof cancelJob;
  readonly confirmJob: typeof confirmJob;
  readonly decideApproval: typeof decideApproval;
  readonly rescheduleJob: typeof rescheduleJob;
  readonly pauseJob: typeof pauseJob;
  readonly resumeJob: typeof resumeJob;
  readonly answerTrap: typeof answerTrap;
  readonly rerunJob: typeof rerunJob;
  readonly rollBackJob: typeof rollBackJob;
  readonly changePriority: typeof changePriority;
  readonly releaseLock: typeof releaseLock;
  readonly setQueue: typeof setQueue;
  readonly setResource: typeof setResource;
  readonly endOfExecution: typeof endOfExecution;
  readonly endOfFamily: typeof endOfFamily;
  readonly lookAtJob: typeof lookAtJob;
  readonly sweep: typeof sweep;
  readonly addNote: (deps: Deps, jobId: JobId) => Promise<void>;
  readonly deleteJob: (deps: Deps, jobId: JobId) => Promise<boolean>;
  readonly heartbeat: (deps: Deps, tried: Tried) => Promise<'alive' | 'closed'>;
}

/** Names a try. */
export interface Tried {
  readonly jobId: JobId;
  readonly attempt: number;
  readonly op: number;
  readonly try: number;
}

/** The real one. */
export const CONTROL_PLANE: ControlPlane = {
  submitJob,
  performOp,
  handleOpFailure,
  planRecovery,
  finishJob,
  makeChildren,
  giveUpChildren,
  completeTry,
  cancelJob,
  confirmJob,
  decideApproval,
  rescheduleJob,
  pauseJob,
  resumeJob,
  answerTrap,
  rerunJob,
  rollBackJob,
  changePriority,
  releaseLock,
  setQueue,
  setResource,
  endOfExecution,
  endOfFamily,
  lookAtJob,
  sweep,

  async addNote(deps, jobId) {
    await changeJob(deps, async () => {
      const found = await readJob(deps, jobId);
      if (found === null) return { change: null };
      const note = { actor: 'user', comment: 'a note' };
      return { change: decideNote(found.job, note, deps.surroundings.now()) };
    });
  },

  async deleteJob(deps, jobId) {
    const { change } = await changeJob(deps, async (): Promise<{ change: Change | null }> => {
      const found = await readJob(deps, jobId);
      if (found === null) return { change: null };
      const decision = decideDelete(found.job, 'user', deps.surroundings.now());
      return { change: decision.ok ? decision.change : null };
    });
    if (change !== null) await carryOut(deps, change);
    return change !== null;
  },

  async heartbeat(deps, tried) {
    const [op] = await deps.store.readSomeOps(tried.jobId, tried.attempt, [tried.op]);
    if (op?.status !== 'running' || op.try !== tried.try) return 'closed';
    return deps.executions.heartbeat(op.token);
  },
};
