import { makeChildrenTaskSchema } from '../../core/contract/tasks.ts';
import { makeChildren } from '../../core/usecases/make-children.ts';
import { composeDeps } from '../runtime/composition.ts';
import { composeReacher } from '../runtime/reach-composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { taskHandler } from '../runtime/task-handler.ts';

const deps = composeDeps({ actions: composeReacher(), schedules: composeSchedules() });

/** State "Do one batch" of `child-jobs`: makes, undoes or cancels the children at these positions. */
export const handler = taskHandler('Do one batch', makeChildrenTaskSchema, (task) =>
  makeChildren(deps, task),
);
