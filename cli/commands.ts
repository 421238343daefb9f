import type { Command } from './command.ts';
import { ACCESS_COMMANDS } from './commands/access-commands.ts';
import { BULK_COMMAND } from './commands/bulk-command.ts';
import { completionCommand } from './commands/completion-command.ts';
import { DEPLOYMENT_COMMANDS } from './commands/deployment-commands.ts';
import { DOCTOR_COMMANDS } from './commands/doctor-command.ts';
import { JOB_COMMANDS } from './commands/job-commands.ts';
import { LINE_COMMANDS } from './commands/line-commands.ts';
import { SCHEDULE_COMMANDS } from './commands/schedule-commands.ts';
import { SESSION_COMMANDS } from './commands/session-commands.ts';
import { WORKER_COMMANDS } from './commands/worker-commands.ts';

/** All that `jobplane` does, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  ...JOB_COMMANDS,
  BULK_COMMAND,
  ...SESSION_COMMANDS,
  ...WORKER_COMMANDS,
  ...DEPLOYMENT_COMMANDS,
  ...LINE_COMMANDS,
  ...SCHEDULE_COMMANDS,
  ...ACCESS_COMMANDS,
  ...DOCTOR_COMMANDS,
  completionCommand(() => COMMANDS),
];
