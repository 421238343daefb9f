import { finishJobTaskSchema } from '../../core/contract/tasks.ts';
import { finishJob } from '../../core/usecases/finish-job.ts';
import { composeDeps } from '../runtime/composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';
import { taskHandler } from '../runtime/task-handler.ts';

const deps = composeDeps({ schedules: composeSchedules() });

/** State "Finish job" and "Finish failed job": ends the attempt, or starts its next segment. */
export const handler = taskHandler('Finish job', finishJobTaskSchema, (task) =>
  finishJob(deps, task.jobId, task),
);
