import { type Command, command, requiredChoice } from '../command.ts';
import { completionScript, SHELLS } from '../completion.ts';
import { EXIT } from '../exit-codes.ts';

/** @param commands all that there are, this one among them */
export function completionCommand(commands: () => readonly Command[]): Command {
  return command({
    name: 'completion',
    summary: 'Print what completes commands and options in your shell',
    calls: [],
    examples: ['source <(jobplane completion bash)', 'jobplane completion fish | source'],
    arguments: { shell: requiredChoice(SHELLS, 'your shell') },
    options: {},
    async run({ shell }, context) {
      context.terminal.stdout.write(completionScript(shell, commands()));
      return EXIT.ok;
    },
  });
}
