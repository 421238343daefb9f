import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bringUp } from '../../../local/bring-up.ts';
import type { StackFile } from '../../../local/stack-file.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly stack: StackFile;
  }
}

/** Executions are looked at this often, so that a test need not wait the five minutes of a real one. */
const LIVENESS = { 'jobplane:livenessFirstSeconds': '3', 'jobplane:livenessMaxSeconds': '30' };

/** Deploys one stack for all end-to-end tests, on a free port and in a folder of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'jobplane-e2e-'));
  const { emulator, stack } = await bringUp((_title, work) => work(), {
    stateDir: join(folder, 'state'),
    outDir: join(folder, 'out'),
    context: LIVENESS,
  });
  project.provide('stack', stack);
  return async () => {
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
