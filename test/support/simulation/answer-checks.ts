import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema } from '../../../core/job/identifiers.ts';
import { isLive } from '../../../core/job/job.ts';
import type { TokenAnswer } from '../../../core/ports/executions.ts';
import { functionNameOf } from './function-name.ts';
import type { Ledger, LedgerJob } from './ledger.ts';
import type { TaskOrder } from './task-attempt.ts';
import { hold } from './violation.ts';

const orderSchema = z.object({ jobId: jobIdSchema, attempt: attemptSchema, op: opIndexSchema });

/** An open task is told what is committed of its op, and nothing else: first the commit, then the answer. */
export function checkAnswer(ledger: Ledger, { payload, functionName }: TaskOrder, answer: TokenAnswer): void {
  const { jobId, attempt, op: index } = orderSchema.parse(payload);
  const op = ledger.op(jobId, attempt, index);
  const known = ledger.get(jobId);
  const head = known?.head;
  const words = () =>
    `${functionName} for op ${index} is told ${JSON.stringify(answer)}, and the op is ${op?.status ?? 'not begun'}`;
  if (answer.kind === 'failure') {
    const isCanceled =
      head === undefined ||
      !isLive(head) ||
      head.attempt !== attempt ||
      head.status === 'CANCELING' ||
      op?.status === 'canceled' ||
      known?.hold.pauseExpiredIn === attempt;
    if (answer.error === 'Canceled') hold('answersFollow', isCanceled, words);
    else hold('answersFollow', op?.status === 'tried' || op?.status === 'error', words);
    return;
  }
  if (functionNameOf(functionName) === 'PerformOpFunction') {
    hold('answersFollow', op?.status === 'success', words);
    return;
  }
  switch (answer.output['next']) {
    case 'go on':
      hold(
        'answersFollow',
        op?.status === 'success' || (op?.status === 'error' && goesOn(known, index)),
        words,
      );
      return;
    case 'failed':
      hold('answersFollow', op?.status === 'error' && !goesOn(known, index), words);
      return;
    case 'try again': {
      // A function that was given up for dead may have started the next try by then, and failed it.
      const isOver = op?.status === 'error' || (op?.status === 'tried' && op.decision?.kind === 'trapped');
      hold('answersFollow', !isOver, words);
      return;
    }
    default:
      hold('answersFollow', false, words);
  }
}

/** Whether the ops behind a failed one run all the same: rollbacks, POST, and what is allowed to fail. */
function goesOn(known: LedgerJob | undefined, index: number): boolean {
  const op = known?.spec.ops[index];
  return op === undefined || op.step === 'POST' || op.onError === 'continue';
}
