import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema } from '../../../core/job/identifiers.ts';
import { isLive } from '../../../core/job/job.ts';
import type { TokenAnswer } from '../../../core/ports/executions.ts';
import { functionNameOf } from './function-name.ts';
import type { Ledger } from './ledger.ts';
import type { TaskOrder } from './task-attempt.ts';
import { hold } from './violation.ts';

const orderSchema = z.object({ jobId: jobIdSchema, attempt: attemptSchema, op: opIndexSchema });

/** An open task is told what is committed of its op, and nothing else: first the commit, then the answer. */
export function checkAnswer(ledger: Ledger, { payload, functionName }: TaskOrder, answer: TokenAnswer): void {
  const { jobId, attempt, op: index } = orderSchema.parse(payload);
  const op = ledger.op(jobId, attempt, index);
  const head = ledger.get(jobId)?.head;
  const words = () =>
    `${functionName} for op ${index} is told ${JSON.stringify(answer)}, and the op is ${op?.status ?? 'not begun'}`;
  if (answer.kind === 'failure') {
    const isCanceled =
      head === undefined || !isLive(head) || head.status === 'CANCELING' || op?.status === 'canceled';
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
      hold('answersFollow', op?.status === 'success' || op?.status === 'error', words);
      return;
    case 'failed':
      hold('answersFollow', op?.status === 'error', words);
      return;
    case 'try again': {
      // A function that was given up for dead may have started the next try by then.
      const isDecided = op?.status === 'tried' ? op.decision !== undefined : op?.status !== 'error';
      hold('answersFollow', op !== undefined && isDecided, words);
      return;
    }
    default:
      hold('answersFollow', false, words);
  }
}
