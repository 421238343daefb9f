import * as z from 'zod';
import type { Outcome } from '../job/complete-op.ts';
import type { Json } from '../op/references.ts';
import { isDeeperThan, jsonBytes, LIMITS } from './limits.ts';

/** What of an action's own words is kept of an error: a sentence, not a stack trace. */
const ERROR_CODE_CHARACTERS = 128;
const ERROR_MESSAGE_CHARACTERS = 2_000;

/** A try that succeeded with whatever a target returned, unless that is more than is kept. */
export function succeededWith(result: unknown): Outcome {
  if (result === undefined || result === null) return { kind: 'succeeded' };
  const bytes = jsonBytes(result);
  if (bytes > LIMITS.resultBytes) {
    return failedWith(
      'ResultTooLarge',
      `the result has ${bytes} bytes; at most ${LIMITS.resultBytes} are kept: store it elsewhere and return where`,
    );
  }
  if (isDeeperThan(result, LIMITS.bodyDepth)) {
    return failedWith(
      'ResultTooLarge',
      `the result has more than ${LIMITS.bodyDepth} levels of objects and arrays`,
    );
  }
  return { kind: 'succeeded', result: z.json().parse(result) };
}

/** A try that failed, in as many words as are kept. */
export function failedWith(code: string, message: string, detail?: Json): Outcome {
  const error = {
    code: code.slice(0, ERROR_CODE_CHARACTERS),
    message: message.slice(0, ERROR_MESSAGE_CHARACTERS),
    ...(detail === undefined ? {} : { detail }),
  };
  return { kind: 'failed', error };
}
