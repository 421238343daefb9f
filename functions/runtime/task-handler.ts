import middy from '@middy/core';
import type * as z from 'zod';
import { TaskError } from '../../core/contract/tasks.ts';
import { logger } from './logger.ts';
import { count } from './metrics.ts';

/**
 * A task of the state machine: its payload parsed by the contract, its {@link TaskError}s thrown on
 * for the state machine to catch by name, and one log line that names the job and no payload.
 */
export function taskHandler<Schema extends z.ZodType<{ jobId: string }>, Answer>(
  name: string,
  schema: Schema,
  perform: (task: z.output<Schema>) => Promise<Answer>,
) {
  return middy(async (event: unknown): Promise<Answer> => {
    const task = schema.parse(event);
    try {
      return await perform(task);
    } catch (error) {
      if (error instanceof TaskError) {
        // Lambda counts it among the function's errors, where it is none of ours.
        count('TasksRefused');
        logger.info(name, { jobId: task.jobId, ended: error.name });
      } else logger.error(name, { jobId: task.jobId, error });
      throw error;
    }
  });
}
