import { type Refused, refused } from '../contract/error-codes.ts';
import { possibleCommands } from './commands.ts';
import { endingOf, isRegaining, type Job } from './job.ts';

/** Refuses a command that the job's status does not allow, naming the status and what is possible. */
export function refuseCommand(job: Job, command: string): Refused {
  const ending = endingOf(job);
  if (ending !== undefined) {
    return refused(
      'CommandRefused',
      `Job ${job.id} is ending as ${ending.status} and takes no ${command}: what it holds is being given back.`,
    );
  }
  // A parent that regains its slot is at work, though it stands in line.
  const possible = possibleCommands(isRegaining(job) ? 'RUNNING' : job.status).join(', ');
  return refused(
    'CommandRefused',
    `Job ${job.id} is ${job.status} and takes no ${command}; possible: ${possible}.`,
  );
}
