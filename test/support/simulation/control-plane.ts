import type { Change } from '../../../core/job/change.ts';
import { deleteJob as decideDelete } from '../../../core/job/delete-job.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { addNote as decideNote } from '../../../core/job/journal-notes.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import { cancelJob } from '../../../core/usecases/cancel-job.ts';
import { changeJob } from '../../../core/usecases/change-job.ts';
import { completeTry } from '../../../core/usecases/complete-try.ts';
import { endOfExecution } from '../../../core/usecases/end-of-execution.ts';
import { finishJob } from '../../../core/usecases/finish-job.ts';
import { handleOpFailure } from '../../../core/usecases/handle-op-failure.ts';
import { performOp } from '../../../core/usecases/perform-op.ts';
import { planRecovery } from '../../../core/usecases/plan-recovery.ts';
import { readJob } from '../../../core/usecases/read-job.ts';
import { runEffects } from '../../../core/usecases/run-effect.ts';
import { submitJob } from '../../../core/usecases/submit-job.ts';
import { sweep } from '../../../core/usecases/sweep.ts';

/** Everything that can be asked of Jobplane, as a value: what a mutant replaces a part of. */
export interface ControlPlane {
  readonly submitJob: typeof submitJob;
  readonly performOp: typeof performOp;
  readonly handleOpFailure: typeof handleOpFailure;
  readonly planRecovery: typeof planRecovery;
  readonly finishJob: typeof finishJob;
  readonly completeTry: typeof completeTry;
  readonly cancelJob: typeof cancelJob;
  readonly endOfExecution: typeof endOfExecution;
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
  completeTry,
  cancelJob,
  endOfExecution,
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
    if (change !== null) await runEffects(deps, change.job);
    return change !== null;
  },

  async heartbeat(deps, tried) {
    const [op] = await deps.store.readSomeOps(tried.jobId, tried.attempt, [tried.op]);
    if (op?.status !== 'running' || op.try !== tried.try) return 'closed';
    return deps.executions.heartbeat(op.token);
  },
};
