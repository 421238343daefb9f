import { CommanderError } from 'commander';
import { COMMANDS } from './commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { makeContext, styleOf } from './make-context.ts';
import { makeProgram } from './program.ts';
import { renderFailure } from './render/failure.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

/** Runs a command line, and answers what the process ends with. Whatever goes wrong is said on stderr. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = makeProgram(COMMANDS, {
    version: VERSION,
    out: (text) => terminal.stdout.write(text),
    err: (text) => terminal.stderr.write(text),
    async run(command, given, globals) {
      exitCode = await command.run(given, makeContext(globals, terminal));
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, terminal);
  }
}

function explain(error: unknown, terminal: Terminal): ExitCode {
  // Help and version end with 0, and so does nothing else; commander has said the rest.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (terminal.signal.aborted) {
    terminal.stderr.write('\nInterrupted. What was begun goes on.\n');
    return EXIT.interrupted;
  }
  const style = { ...styleOf({ noColour: !terminal.stderr.isTTY }, terminal) };
  const failure =
    error instanceof Failure
      ? error
      : new Failure(error instanceof Error ? (error.stack ?? error.message) : String(error), {
          exitCode: EXIT.unreachable,
          advice: 'That is a fault of this command line.',
        });
  terminal.stderr.write(`${renderFailure(failure, style)}\n`);
  return failure.exitCode;
}
