import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { until } from './until.ts';

const run = promisify(execFile);

const REAP_LIMIT_MS = 10_000;

/**
 * Ends a process group for good. Its leader is asked first and has `graceMs` to save what it holds; then
 * whatever is left of the group is killed. Answers once no process of the group runs any more.
 */
export async function endProcessGroup(leader: number, graceMs: number): Promise<void> {
  if (graceMs > 0 && signal(leader, 'SIGTERM')) {
    await until(`process ${leader} ends`, graceMs, async () => !(await isRunning(leader))).catch(() => false);
  }
  signal(-leader, 'SIGKILL');
  await until(`every process of group ${leader} ends`, REAP_LIMIT_MS, async () => {
    return (await runningProcesses()).every((each) => each.group !== leader);
  });
}

/** The command line of a running process; `undefined` when there is none of that id. */
export async function commandOf(pid: number): Promise<string | undefined> {
  return (await runningProcesses()).some((each) => each.pid === pid) ? readCommand(pid) : undefined;
}

interface RunningProcess {
  readonly pid: number;
  readonly group: number;
}

async function isRunning(pid: number): Promise<boolean> {
  return (await runningProcesses()).some((each) => each.pid === pid);
}

function signal(target: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(target, name);
  } catch {
    return false; // it has ended already
  }
}

/** Every process but those that have ended and that nobody has collected yet. */
async function runningProcesses(): Promise<readonly RunningProcess[]> {
  return process.platform === 'linux' ? fromProc() : fromPs();
}

async function fromProc(): Promise<readonly RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.flatMap((stat, index) => {
    // "pid (command) state parent group …", where the command may hold spaces and brackets.
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === undefined || group === undefined || /[ZX]/.test(state)
      ? []
      : [{ pid: Number(pids[index]), group: Number(group) }];
  });
}

async function fromPs(): Promise<readonly RunningProcess[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,pgid=,stat=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, group, state] = line.trim().split(/\s+/);
    return state === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), group: Number(group) }];
  });
}

async function readCommand(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined))
      ?.replaceAll('\0', ' ')
      .trim();
  }
  return run('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
