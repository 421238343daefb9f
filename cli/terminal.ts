import { spawn } from 'node:child_process';
import { homedir, platform } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';

interface Output {
  readonly isTTY: boolean;
  readonly columns?: number;
  write(text: string): void;
}

/** Everything around a command that is not the API: tests bring their own. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Local time zone, by its IANA name. */
  readonly zone: string;
  readStdin(): Promise<string>;
  /** Whether somebody said yes; null where there is nobody to ask. */
  confirm(question: string): Promise<boolean | null>;
  openBrowser(url: string): void;
  /** Ctrl-C, or the end of the terminal. */
  readonly signal: AbortSignal;
}

/** The terminal of this process. */
export function processTerminal(signal: AbortSignal): Terminal {
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    env: process.env,
    home: homedir(),
    now: () => Date.now(),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    readStdin: () => text(process.stdin),
    confirm: (question) => confirm(question, signal),
    openBrowser,
    signal,
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    isTTY: stream.isTTY,
    columns: stream.columns,
    write: (text) => {
      stream.write(text);
    },
  };
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean | null> {
  if (!process.stdin.isTTY) return null;
  // On stderr: what stdout gets may be piped into something.
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  // It has the terminal to itself, and so gets the Ctrl-C that is meant for the process.
  asking.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `, { signal })).trim());
  } catch (error) {
    if (signal.aborted) throw error;
    return false; // Ctrl-D
  } finally {
    asking.close();
  }
}

/** By what the platform opens links with; `BROWSER` names another command. Whoever has none copies the address. */
function openBrowser(url: string): void {
  const [command, ...args] = openerOf(url);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

function openerOf(url: string): readonly [string, ...string[]] {
  const chosen = process.env['BROWSER'];
  if (chosen !== undefined && chosen !== '') return [chosen, url];
  if (platform() === 'darwin') return ['open', url];
  // Not `start` of cmd.exe, which would read the & of a query as the end of a command.
  if (platform() === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return ['xdg-open', url];
}
