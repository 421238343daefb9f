import { giveUpChildrenTaskSchema } from '../../core/contract/tasks.ts';
import { wordsOfFailure } from '../../core/job/words-of-failure.ts';
import { giveUpChildren } from '../../core/usecases/make-children.ts';
import { composeDeps } from '../runtime/composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { taskHandler } from '../runtime/task-handler.ts';

const deps = composeDeps({ schedules: composeSchedules() });

/** State "Give up the rest" of `child-jobs`: not all children could be made, so the op fails. */
export const handler = taskHandler('Give up the rest', giveUpChildrenTaskSchema, (task) =>
  giveUpChildren(deps, task, wordsOfFailure(task.error)),
);
