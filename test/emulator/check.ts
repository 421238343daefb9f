import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../local/until.ts';
import type { Lab, Resources } from './lab.ts';
import type { Call } from './recorder.ts';

/** A piece of AWS's behaviour, looked for on an emulator. */
interface Check {
  /** The correction without which it fails; `undefined` for what MiniStack does by itself. */
  readonly correction: string | undefined;
  /** One sentence of AWS's behaviour. */
  readonly name: string;
  /** Takes a minute and more, and an end-to-end test shows the same: only EMULATOR_PROOF=true runs it. */
  readonly isSlow?: true;
  run(lab: Lab): Promise<void>;
}

/** Checks, and what they need deployed. */
export interface CheckSet {
  /** Functions that tell the recorder of each invocation. */
  readonly functions: readonly string[];
  readonly resources: Resources;
  readonly checks: readonly Check[];
}

/** How long something that should happen at once may take on a busy machine. */
export const SOON_MS = 15_000;

const LOOK_EVERY_MS = 100;

/** Fails if something happens within the time: for what AWS never does. */
export async function never(
  what: string,
  timeMs: number,
  look: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = Date.now() + timeMs;
  while (Date.now() < deadline) {
    if (await look()) throw new Error(`it did happen: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** The n-th invocation of a function, once it was made; the first is number 1. */
export async function invoked(
  { recorder }: Lab,
  name: string,
  count = 1,
  timeLimitMs = SOON_MS,
): Promise<Call> {
  return until(
    `${name} is invoked for the ${count}. time`,
    timeLimitMs,
    () => recorder.calls(name)[count - 1],
  );
}
