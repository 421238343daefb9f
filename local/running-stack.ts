import { LAUNCHER } from './emulator.ts';
import { commandOf } from './process-group.ts';
import { readStackFile, type StackFile } from './stack-file.ts';

/** The local stack that is up; `undefined` when there is none, even if one was killed and left its file. */
export async function runningStack(): Promise<StackFile | undefined> {
  const stack = await readStackFile();
  if (stack === undefined) return undefined;
  // After a restart of the machine another program may have the number.
  const command = await commandOf(stack.pid);
  return command?.includes(LAUNCHER) ? stack : undefined;
}
