import type { Command, Parameter } from './command.ts';
import { flagOf, GLOBAL_OPTIONS } from './global-options.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** What a shell sources to complete commands, options and their choices. Ids it does not know. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case 'fish':
      return fish(commands);
  }
}

/** By the words before the one that is written: of the command, then of the option. zsh runs it, too. */
function bash(commands: readonly Command[]): string {
  const groups = [...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [firstOf(name)] : [])))];
  const choices = new Map(
    [...commands.flatMap(({ options }) => options), ...GLOBAL_OPTIONS].flatMap(({ name, choices: all }) =>
      all === undefined ? [] : [[flagOf({ name }), all.join(' ')]],
    ),
  );
  return `_jobplane() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  local command="\${COMP_WORDS[1]}"
  case "$command" in ${groups.join('|')}) command="$command \${COMP_WORDS[2]}";; esac
  case "$previous" in
${[...choices].map(([flag, all]) => `    ${flag}) COMPREPLY=($(compgen -W "${all}" -- "$current")); return;;`).join('\n')}
    --*) ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${[...new Set(commands.map(({ name }) => firstOf(name)))].join(' ')}"
  elif [ "$COMP_CWORD" -eq 2 ] && [[ " ${groups.join(' ')} " == *" \${COMP_WORDS[1]} "* ]]; then
    case "\${COMP_WORDS[1]}" in
${groups.map((group) => `      ${group}) words="${secondsOf(group, commands).join(' ')}";;`).join('\n')}
    esac
  else
    case "$command" in
${commands.map((command) => `      "${command.name}") words="${wordsOf(command).join(' ')}";;`).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _jobplane jobplane
`;
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const [first, second] = command.name.split(' ');
    const seen =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
    const named =
      second === undefined
        ? `complete -c jobplane -n __fish_use_subcommand -a ${first} -d ${quoted(command.summary)}`
        : `complete -c jobplane -n ${quoted(`__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${secondsOf(first ?? '', commands).join(' ')}`)} -a ${second} -d ${quoted(command.summary)}`;
    const answers = command.arguments.flatMap(({ choices = [] }) => choices);
    return [
      named,
      ...answers.map((answer) => `complete -c jobplane -n ${quoted(seen)} -a ${answer}`),
      ...command.options.map((option) => fishOption(option, `-n ${quoted(seen)} `)),
    ];
  });
  const groups = [...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [firstOf(name)] : [])))];
  return [
    ...groups.map((group) => `complete -c jobplane -n __fish_use_subcommand -a ${group}`),
    ...lines,
    ...GLOBAL_OPTIONS.map((option) => fishOption(option, '')),
    '',
  ].join('\n');
}

function fishOption({ name, description, value, choices }: Parameter, condition: string): string {
  const long = flagOf({ name }).slice(2);
  const takes =
    value === undefined ? '' : choices === undefined ? ' -r' : ` -x -a ${quoted(choices.join(' '))}`;
  return `complete -c jobplane ${condition}-l ${long}${takes} -d ${quoted(description)}`;
}

function wordsOf({ arguments: args, options }: Command): readonly string[] {
  return [...args.flatMap(({ choices = [] }) => choices), ...[...options, ...GLOBAL_OPTIONS].map(flagOf)];
}

function firstOf(name: string): string {
  return name.split(' ')[0] ?? '';
}

function secondsOf(group: string, commands: readonly Command[]): readonly string[] {
  return commands.flatMap(({ name }) => {
    const [first, second] = name.split(' ');
    return first === group && second !== undefined ? [second] : [];
  });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
