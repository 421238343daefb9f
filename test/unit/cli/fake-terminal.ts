import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runCli } from '../../../cli/run-cli.ts';
import type { Terminal } from '../../../cli/terminal.ts';

/** When the clock of a fake terminal stands. */
export const NOW = Date.UTC(2026, 10, 23, 16, 0, 0);

interface FakeTerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** What is piped in. */
  readonly stdin?: string;
  /** What somebody answers to a question; nobody is there: null. */
  readonly answers?: boolean | null;
  readonly browser?: (url: string) => void;
  readonly signal?: AbortSignal;
  readonly home?: string;
  readonly now?: number;
}

export interface FakeTerminal extends Terminal {
  readonly out: () => string;
  readonly err: () => string;
  readonly asked: readonly string[];
}

export function fakeTerminal(options: FakeTerminalOptions = {}): FakeTerminal {
  const { env = {}, isTTY = false, columns, stdin = '', answers = null, browser = () => undefined } = options;
  let out = '';
  let err = '';
  const asked: string[] = [];
  const width = columns === undefined ? {} : { columns };
  return {
    stdout: {
      isTTY,
      ...width,
      write: (text) => {
        out += text;
      },
    },
    stderr: {
      isTTY,
      ...width,
      write: (text) => {
        err += text;
      },
    },
    env,
    home: options.home ?? temporaryFolder(),
    now: () => options.now ?? NOW,
    zone: 'Europe/Berlin',
    readStdin: async () => stdin,
    confirm: async (question) => {
      asked.push(question);
      return answers;
    },
    openBrowser: browser,
    signal: options.signal ?? new AbortController().signal,
    out: () => out,
    err: () => err,
    asked,
  };
}

/** Gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jobplane-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command line against an API, signed in by the environment as continuous integration is. */
export async function run(
  args: readonly string[],
  api: { readonly url: string },
  options: FakeTerminalOptions = {},
) {
  const env = { JOBPLANE_API: api.url, JOBPLANE_TOKEN: 'a-token', ...options.env };
  const terminal = fakeTerminal({ ...options, env });
  const exitCode = await runCli(args, terminal);
  return { exitCode, out: terminal.out(), err: terminal.err(), asked: terminal.asked };
}
