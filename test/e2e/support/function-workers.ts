import { readdir, readFile } from 'node:fs/promises';
import type { StackFile } from '../../../local/stack-file.ts';
import { functionName } from './local-aws.ts';

/** The processes in which the local AWS runs the function of this entry, by their environment. */
export async function workersOf(stack: StackFile, entry: string): Promise<readonly number[]> {
  const mark = `AWS_LAMBDA_FUNCTION_NAME=${await functionName(stack, entry)}`;
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // A process may end between being listed and being read.
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(mark)) found.push(Number(name));
  }
  return found;
}

/** Sends a signal to processes, passing over those that have ended. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
