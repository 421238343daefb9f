import type { PlannedCommand } from './job-plan.ts';

/** Commands that change nothing of how an attempt ends, or whose answers are known: see expected-outcome.ts. */
const FORETOLD: ReadonlySet<PlannedCommand['command']['kind']> = new Set([
  'note',
  'submit again',
  'submit otherwise',
  'forge',
  'pause',
  'resume',
  'trap',
  'rerun',
  'rollback',
]);

export function isForetold({ command }: PlannedCommand): boolean {
  return FORETOLD.has(command.kind);
}
