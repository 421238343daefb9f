import { join } from 'node:path';
import { CLI_CONFIG_FILE } from './cli-profile.ts';
import type { Child, Job, JournalEntry } from './jobs-client.ts';
import { REPOSITORY } from './paths.ts';
import type { StackFile } from './stack-file.ts';

/** Width of `  +  1.23 s`. */
const RENDERED_TIME = 11;

/** One line of the timeline: what happened, and how long after the beginning. */
export function renderEntry(entry: JournalEntry, beginning: string): string {
  const seconds = (Date.parse(entry.at) - Date.parse(beginning)) / 1_000;
  return `  +${seconds.toFixed(2).padStart(6)} s  ${entry.message}`;
}

/** A line of the timeline about a child. */
export function renderChild({ name, status }: Child): string {
  return `${' '.repeat(RENDERED_TIME)}  child ${name}: ${status}`;
}

/** How the job ended. */
export function renderEnd({ id, status, error, result }: Job): string {
  const lines = [`Job ${id} ended ${status}.`];
  if (error !== undefined) lines.push(`  ${error.code}: ${error.message}`);
  if (result !== undefined) lines.push(`  result: ${JSON.stringify(result)}`);
  return lines.join('\n');
}

/** What can be tried now, and where to look. */
export function renderInvitation(stack: StackFile, jobId: string, logFile: string): string {
  return [
    'Jobplane is up.',
    `  API        ${stack.apiUrl}`,
    ...(stack.consoleUrl === undefined ? [] : [`  Console    ${stack.consoleUrl}`]),
    `  AWS        ${stack.emulatorUrl} (any credentials, region ${stack.region})`,
    `  Log        ${logFile}`,
    '  Users      .local/stack.json has tokens and passwords (admin, operator, approver, viewer, worker, other)',
    ...renderCommandLine(),
    '',
    'Try:',
    `  curl -s -H "authorization: Bearer $(node -p 'require("./.local/stack.json").tokens.operator')" \\`,
    `    '${stack.apiUrl}/jobs/${jobId}?view=all'`,
  ].join('\n');
}

/** The two lines after which `jobplane` means this stack, wherever they are typed. */
export function renderCommandLine(): readonly string[] {
  return [
    'For the command line:',
    `  export JOBPLANE_CONFIG=${CLI_CONFIG_FILE}`,
    `  alias jobplane=${join(REPOSITORY, 'bin', 'jobplane.mjs')}`,
  ];
}
