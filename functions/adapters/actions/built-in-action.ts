import * as z from 'zod';
import { BUILT_IN_INPUTS } from '../../../core/contract/action-catalog.ts';
import { LIMITS, utf8Bytes } from '../../../core/contract/limits.ts';
import type { Json } from '../../../core/op/references.ts';
import type { Dispatched } from '../../../core/ports/actions.ts';

/** The message of `log` once its references are resolved. */
const logSchema = z.strictObject({
  message: z.string().refine((text) => utf8Bytes(text) <= LIMITS.messageBytes, {
    error: `must be at most ${LIMITS.messageBytes} bytes`,
  }),
});

/**
 * `log` and `fail` are over at once; `wait` ends by the clock of its try, which Step Functions keeps
 * to the second (core/job/handle-op-failure.ts takes that timeout for its success).
 */
export function dispatchBuiltIn(action: string, input: Json): Dispatched {
  switch (action) {
    case 'log': {
      const parsed = logSchema.safeParse(input);
      if (!parsed.success) return failed('Fatal', `log: ${z.prettifyError(parsed.error)}`);
      return { kind: 'settled', outcome: { kind: 'succeeded' }, log: parsed.data.message };
    }
    case 'wait':
      return { kind: 'accepted' };
    case 'fail': {
      const { code, message } = BUILT_IN_INPUTS.fail.parse(input);
      return failed(code, message);
    }
    default:
      return failed('UnknownAction', `action '${action}' was removed from the deployment; register it again`);
  }
}

function failed(code: string, message: string): Dispatched {
  return { kind: 'settled', outcome: { kind: 'failed', error: { code, message } } };
}
