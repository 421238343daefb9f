import { type Refused, refused } from '../contract/error-codes.ts';
import { possibleCommands } from './commands.ts';
import { endingOf, type Job } from './job.ts';

/** Refuses a command that the job's status does not allow, naming the status and what is possible. */
export function refuseCommand(job: Job, command: string): Refused {
  const ending = endingOf(job);
  if (ending !== undefined) {
    return refused(
      'CommandRefused',
      `Job ${job.id} is ending as ${ending.status} and takes no ${command}: what it holds is being given back.`,
    );
  }
  const possible = possibleCommands(job.status).join(', ');
  return refused(
    'CommandRefused',
    `Job ${job.id} is ${job.status} and takes no ${command}; possible: ${possible}.`,
  );
}
