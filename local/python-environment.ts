import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LOCAL_DIR } from './paths.ts';

const run = promisify(execFile);

const CANDIDATES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];
const OLDEST_MINOR = 10;

/**
 * The Python interpreter of a private virtual environment that holds exactly these requirements.
 * It is made once, by as many processes at the same time as like: each builds its own, the first to
 * finish moves it into place, and the others use that one.
 */
export async function pythonEnvironment(requirementsFile: string): Promise<string> {
  const base = await findPython();
  const contents = await readFile(requirementsFile, 'utf8');
  const key = createHash('sha256').update(`${base.version}\n${contents}`).digest('hex').slice(0, 12);
  const home = join(LOCAL_DIR, 'venv', key);
  const interpreter = join(home, 'bin', 'python');
  if (await exists(interpreter)) return interpreter;

  const draft = `${home}.${process.pid}`;
  await mkdir(join(LOCAL_DIR, 'venv'), { recursive: true });
  try {
    await build(base.command, draft, requirementsFile);
    await rename(draft, home).catch(async (error: unknown) => {
      if (!(await exists(interpreter))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return interpreter;
}

async function build(python: string, folder: string, requirementsFile: string): Promise<void> {
  await run(python, ['-m', 'venv', folder]).catch((error: unknown) => {
    throw new Error(
      `${python} cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv.\n${outputOf(error)}`,
    );
  });
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  await run(join(folder, 'bin', 'python'), [...install, '-r', requirementsFile]).catch((error: unknown) => {
    throw new Error(`pip could not install ${requirementsFile}.\n${outputOf(error)}`);
  });
}

async function findPython(): Promise<{ command: string; version: string }> {
  const tooOld: string[] = [];
  for (const command of CANDIDATES) {
    const version = await versionOf(command);
    if (version === undefined) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === 3 && minor >= OLDEST_MINOR) return { command, version };
    tooOld.push(`${command} is ${version}`);
  }
  const found = tooOld.length === 0 ? 'none was found' : tooOld.join(', ');
  throw new Error(`the local AWS needs Python 3.${OLDEST_MINOR} or later in the PATH, but ${found}`);
}

async function versionOf(command: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])']);
    return stdout.trim();
  } catch {
    return undefined;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stdout, stderr } = { stdout: '', stderr: '', ...error };
  return `${stdout}${stderr}`.trim() || error.message;
}
