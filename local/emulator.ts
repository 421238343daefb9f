import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { REPOSITORY } from './paths.ts';
import { endProcessGroup } from './process-group.ts';
import { pythonEnvironment } from './python-environment.ts';
import { until } from './until.ts';

const EMULATOR_DIR = join(REPOSITORY, 'local', 'emulator');
const START_LIMIT_MS = 60_000;
const SAVE_GRACE_MS = 10_000;
const LOG_LINES_SHOWN = 20;

/** The file name by which a process is recognised as the emulator. */
export const LAUNCHER = join(EMULATOR_DIR, 'launcher.py');

/** What is installed for the emulator. */
export const REQUIREMENTS = join(EMULATOR_DIR, 'requirements.txt');

/** A local AWS that answers on its url. */
export interface RunningEmulator {
  readonly url: string;
  readonly port: number;
  /** Of the server, which leads the process group of all its function workers. */
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Saves the state, ends the server and all its workers, and answers when they are gone. */
  stop(): Promise<void>;
  /** Kills the server and all its workers at once, as a crash would, and answers when they are gone. */
  kill(): Promise<void>;
}

export interface EmulatorOptions {
  /** Holds data, state, logs and unpacked functions. An emulator started on it again goes on where it was. */
  readonly stateDir: string;
  /** A free one if it is not given. */
  readonly port?: number;
  /** Corrections to leave out, by name; `['all']` starts plain MiniStack. */
  readonly without?: readonly string[];
  /** Whether it goes on when this process ends; otherwise it ends too, however this process ends. */
  readonly outlivesParent?: boolean;
}

/** Starts the local AWS, and answers when it is healthy. The first time this installs it, with pip. */
export async function startEmulator(options: EmulatorOptions): Promise<RunningEmulator> {
  const python = await pythonEnvironment(REQUIREMENTS);
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(options.stateDir, 'emulator.log');
  const { pid, ended } = await launch(python, port, logFile, options);
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });

  try {
    await until(`the emulator answers on ${url}`, START_LIMIT_MS, async () => {
      if (hasEnded) throw new Error('the emulator ended at once');
      return isHealthy(url);
    });
  } catch (error) {
    await endEmulator(pid, options.stateDir);
    throw new Error(await explain(error, logFile, python));
  }
  return {
    url,
    port,
    pid,
    logFile,
    ended,
    stop: () => endEmulator(pid, options.stateDir, SAVE_GRACE_MS),
    kill: () => endEmulator(pid, options.stateDir),
  };
}

/**
 * Ends an emulator that was started on this folder, and all its workers; answers when they are gone. It has
 * `graceMs` to save its state.
 */
export async function endEmulator(pid: number, stateDir: string, graceMs = 0): Promise<void> {
  await endProcessGroup(pid, graceMs);
  await rm(unpackedDir(stateDir), { recursive: true, force: true });
}

/** Where functions are unpacked: far from this package, or they would find its modules and its module type. */
function unpackedDir(stateDir: string): string {
  return join(tmpdir(), `jobplane-${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}`);
}

async function launch(
  python: string,
  port: number,
  logFile: string,
  { stateDir, without = [], outlivesParent = false }: EmulatorOptions,
): Promise<{ pid: number; ended: Promise<void> }> {
  await mkdir(stateDir, { recursive: true });
  await mkdir(unpackedDir(stateDir), { recursive: true });
  const log = await open(logFile, 'a');
  const server = spawn(python, [LAUNCHER], {
    cwd: stateDir,
    detached: true, // a process group of its own
    stdio: [outlivesParent ? 'ignore' : 'pipe', log.fd, log.fd],
    env: {
      ...hostEnvironment(),
      TMPDIR: unpackedDir(stateDir),
      PYTHONDONTWRITEBYTECODE: '1',
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      STATE_DIR: join(stateDir, 'state'),
      S3_DATA_DIR: join(stateDir, 's3'),
      PERSIST_STATE: '1',
      S3_PERSIST: '1',
      EMULATOR_WITHOUT: without.join(','),
      EMULATOR_ENDS_WITH_STDIN: outlivesParent ? '' : '1',
    },
  });
  const ended = once(server, 'exit').then(() => undefined);
  await log.close();
  if (server.pid === undefined)
    return ended.then(() => Promise.reject(new Error(`${python} has no process id`)));
  if (outlivesParent) server.unref();
  return { pid: server.pid, ended };
}

/** Functions inherit what the emulator has, so it gets no more of the host than it takes to run programs. */
function hostEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG } = process.env;
  return { PATH, HOME, LANG };
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/_ministack/health`).then(
    (response) => response.ok,
    () => false,
  );
}

async function explain(error: unknown, logFile: string, python: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const lines = log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason}. The last lines of ${logFile}:\n\n${lines}\n\nIf they name a missing module, delete ${join(python, '..', '..')} and start again.`;
}
