import { EXIT } from './exit-codes.ts';
import { runCli } from './run-cli.ts';
import { processTerminal } from './terminal.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // For good and not once: what hides the cursor ends the process when it is the only one that listens.
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
    interrupted.abort(new Error(signal));
  });
}
// Whoever reads only the first lines, as head does, ends us: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2), processTerminal(interrupted.signal));
