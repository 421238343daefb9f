import type { Parameter } from './command.ts';
import { OUTPUTS } from './context.ts';

/** Of every command. */
export const GLOBAL_OPTIONS: readonly Parameter[] = [
  option('project', 'the project that is meant; else that of JOBPLANE_PROJECT, or of the profile', 'name'),
  option('profile', 'the profile that is meant; else that of JOBPLANE_PROFILE, or the current one', 'name'),
  {
    ...option('output', 'how answers look; else a table on a terminal, JSON when piped', OUTPUTS.join('|')),
    choices: OUTPUTS,
  },
  option('quiet', 'only ids, one a line'),
  option('noColour', 'no colours; NO_COLOR does the same'),
];

/** `onlyIfQueued` is `--only-if-queued` on the command line. */
export function flagOf({ name }: Pick<Parameter, 'name'>): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** How an argument is written: `<id>`, `[file...]`. */
export function placeholderOf({ name, value = name, isRequired, isRepeatable, choices }: Parameter): string {
  const shown = choices === undefined ? value : choices.join('|');
  if (isRepeatable) return `<${shown}...>`;
  return isRequired ? `<${shown}>` : `[${shown}]`;
}

function option(name: string, description: string, value?: string): Parameter {
  return {
    name,
    description,
    isRequired: false,
    isRepeatable: false,
    ...(value === undefined ? {} : { value }),
  };
}
