import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bringUp } from '../../../local/bring-up.ts';
import type { StackFile } from '../../../local/stack-file.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly stack: StackFile;
    /** Holds what the local AWS stores, the keys that its user pools sign with among it. */
    readonly stateDir: string;
  }
}

/** Executions are looked at this often, so that a test need not wait the five minutes of a real one. */
const LIVENESS = { 'jobplane:livenessFirstSeconds': '3', 'jobplane:livenessMaxSeconds': '30' };

interface Deployed {
  readonly stack: StackFile;
  readonly stateDir: string;
  readonly takeDown: () => Promise<void>;
}

declare global {
  /** Each project loads this file anew, and they all use one stack. */
  var jobplaneStack: { readonly deployed: Promise<Deployed>; users: number } | undefined;
}

/** Deploys one stack for all end-to-end tests; the last project that used it takes it down. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  globalThis.jobplaneStack ??= { deployed: deploy(), users: 0 };
  const one = globalThis.jobplaneStack;
  one.users += 1;
  const { stack, stateDir, takeDown } = await one.deployed;
  project.provide('stack', stack);
  project.provide('stateDir', stateDir);
  return async () => {
    one.users -= 1;
    if (one.users > 0) return;
    globalThis.jobplaneStack = undefined;
    await takeDown();
  };
}

/** On a free port and in a folder of its own. */
async function deploy(): Promise<Deployed> {
  const folder = await mkdtemp(join(tmpdir(), 'jobplane-e2e-'));
  const stateDir = join(folder, 'state');
  const { emulator, stack } = await bringUp((_title, work) => work(), {
    stateDir,
    outDir: join(folder, 'out'),
    context: LIVENESS,
  });
  return {
    stack,
    stateDir,
    takeDown: async () => {
      await emulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
