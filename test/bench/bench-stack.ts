import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bringUp } from '../../local/bring-up.ts';
import type { StackFile } from '../../local/stack-file.ts';
import { step } from '../../local/step.ts';
import { stopSignal } from '../../local/stop-signal.ts';
import { type ControlFunction, controlFunctions } from './control-functions.ts';
import { JobRunner } from './run-job.ts';

/** A stack of the bench's own, and what speaks to it. */
export interface Bench {
  readonly stack: StackFile;
  readonly runner: JobRunner;
  readonly functions: readonly ControlFunction[];
  /** Where the deployed cloud assembly is, with every bundle in it. */
  readonly assemblyDir: string;
}

/**
 * Brings a stack up on a free port and in a temporary folder, and takes everything away again, however
 * the work ends. `afterwards` comes when the stack is down and its folder still there.
 */
export async function withBenchStack(
  work: (bench: Bench) => Promise<void>,
  afterwards: (bench: Bench) => Promise<void>,
): Promise<void> {
  const signal = stopSignal();
  const folder = await mkdtemp(join(tmpdir(), 'jobplane-bench-'));
  const outDir = join(folder, 'out');
  try {
    const { emulator, stack } = await bringUp(step, { stateDir: join(folder, 'state'), outDir, signal });
    const stopped = once(signal, 'abort').then(() => Promise.reject(new Error('stopped by a signal')));
    let bench: Bench;
    try {
      bench = {
        stack,
        runner: new JobRunner(stack),
        functions: await controlFunctions(stack),
        assemblyDir: join(outDir, 'cdk.out'),
      };
      await Promise.race([work(bench), stopped]);
    } finally {
      await emulator.kill();
    }
    await Promise.race([afterwards(bench), stopped]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
