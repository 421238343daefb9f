import { performOpTaskSchema } from '../../core/contract/tasks.ts';
import { performOp } from '../../core/usecases/perform-op.ts';
import { composeActions } from '../runtime/action-composition.ts';
import { composeDeps } from '../runtime/composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { taskHandler } from '../runtime/task-handler.ts';

const deps = composeDeps({ actions: composeActions(), schedules: composeSchedules() });

/** State "Perform op" and "Perform recovery op": starts a try, or answers for one that is settled. */
export const handler = taskHandler('Perform op', performOpTaskSchema, (task) =>
  performOp(deps, task.jobId, task),
);
