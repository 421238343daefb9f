import type { Command } from './command.ts';
import { ACCESS_COMMANDS } from './commands/access-commands.ts';
import { completionCommand } from './commands/completion-command.ts';
import { DOCTOR_COMMANDS } from './commands/doctor-command.ts';
import { JOB_COMMANDS } from './commands/job-commands.ts';
import { LINE_COMMANDS } from './commands/line-commands.ts';
import { OTHER_COMMANDS } from './commands/other-commands.ts';
import { SCHEDULE_COMMANDS } from './commands/schedule-commands.ts';

/** All that `jobplane` does, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  ...JOB_COMMANDS,
  ...OTHER_COMMANDS,
  ...LINE_COMMANDS,
  ...SCHEDULE_COMMANDS,
  ...ACCESS_COMMANDS,
  ...DOCTOR_COMMANDS,
  completionCommand(() => COMMANDS),
];
