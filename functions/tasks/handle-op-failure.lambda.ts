import { handleOpFailureTaskSchema } from '../../core/contract/tasks.ts';
import { handleOpFailure } from '../../core/usecases/handle-op-failure.ts';
import { composeDeps } from '../runtime/composition.ts';
import { composeReacher } from '../runtime/reach-composition.ts';
import { taskHandler } from '../runtime/task-handler.ts';

const deps = composeDeps({ actions: composeReacher() });

/** State "Handle op failure" and "Handle recovery failure": decides what follows a failed try. */
export const handler = taskHandler('Handle op failure', handleOpFailureTaskSchema, (task) =>
  handleOpFailure(deps, task.jobId, task),
);
