import { listJobsQuerySchema } from '../../core/contract/api/list-jobs.ts';
import { choice, text, texts } from '../command.ts';

/** Which jobs, as `GET /jobs` takes it. */
export const JOB_FILTER = {
  class: choice(listJobsQuerySchema.shape.class.unwrap().options, 'who must act next'),
  status: choice(listJobsQuerySchema.shape.status.unwrap().options, 'jobs of this status', 'status'),
  queue: text('name', 'jobs of this queue'),
  owner: text('user', 'jobs of this user'),
  label: texts('key:value', 'jobs with this label; several: with all of them'),
  since: text('time', 'received or ended since then, as ISO 8601 with its zone'),
};
