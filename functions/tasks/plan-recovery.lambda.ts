import { planRecoveryTaskSchema } from '../../core/contract/tasks.ts';
import { planRecovery } from '../../core/usecases/plan-recovery.ts';
import { composeDeps } from '../runtime/composition.ts';
import { taskHandler } from '../runtime/task-handler.ts';

const deps = composeDeps();

/** State "Plan recovery": decides the end and returns `{ops}`, the rollbacks and POST ops before it. */
export const handler = taskHandler('Plan recovery', planRecoveryTaskSchema, async (task) => ({
  ops: await planRecovery(deps, task.jobId, task),
}));
