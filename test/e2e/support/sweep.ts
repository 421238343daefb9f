import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { StackFile } from '../../../local/stack-file.ts';
import { functionName, localAws } from './local-aws.ts';

/** Runs the sweeper now, rather than at the next full minute. */
export async function sweepNow(stack: StackFile): Promise<void> {
  const answer = await localAws(stack).lambda.send(
    new InvokeCommand({ FunctionName: await functionName(stack, 'sweep'), Payload: '{}' }),
  );
  if (answer.FunctionError !== undefined) throw new Error(new TextDecoder().decode(answer.Payload));
}

/** Between two sweeps of a test that waits for what only the sweeper does. */
const SWEEP_EVERY_MS = 1_500;

/**
 * Sweeps while tests run that wait for it, side by side.
 *
 * @returns ends it, once the sweep that is under way is over
 */
export function sweepMeanwhile(stack: StackFile): () => Promise<void> {
  const ended = new AbortController();
  const swept = (async () => {
    while (!ended.signal.aborted) {
      await sweepNow(stack);
      await delay(SWEEP_EVERY_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return async () => {
    ended.abort();
    await swept;
  };
}
