import * as z from 'zod';
import type { Completion, Outcome } from '../job/complete-op.ts';
import { attemptSchema, type JobId, jobIdSchema, opIndexSchema, trySchema } from '../job/identifiers.ts';
import { UNREACHABLE } from '../op/retry-delay.ts';
import { isDeeperThan, jsonBytes, LIMITS } from './limits.ts';

/** What of an action's own words is kept of an error: a sentence, not a stack trace. */
const ERROR_CODE_CHARACTERS = 128;
const ERROR_MESSAGE_CHARACTERS = 2_000;

/** The part of our own call that names the try it belongs to. */
const callSchema = z.object({
  jobId: jobIdSchema,
  attempt: attemptSchema,
  op: z.object({ index: opIndexSchema }),
  try: trySchema,
  nonce: z.string(),
});

/**
 * The invocation record that Lambda sends to a destination of an asynchronous invocation.
 * Source: AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".
 */
export const lambdaResultSchema = z.object({
  requestContext: z.object({
    requestId: z.string(),
    functionArn: z.string(),
    condition: z.enum(['Success', 'RetriesExhausted', 'EventAgeExceeded']),
  }),
  requestPayload: callSchema,
  /** Not read any further before its size and depth are known: it is whatever a function returned. */
  responsePayload: z.unknown().optional(),
});

export type LambdaResult = z.infer<typeof lambdaResultSchema>;

/** What Lambda reports of a function that threw, timed out or died. */
const functionErrorSchema = z.object({
  errorType: z.string().default('Error'),
  errorMessage: z.string().default('the function failed without a message'),
});

/** The completion that a record carries, and of which job. */
export function completionOf(record: LambdaResult): {
  readonly jobId: JobId;
  readonly completion: Completion;
} {
  const { jobId, attempt, op, try: number, nonce } = record.requestPayload;
  const actor = `action:${record.requestContext.requestId}`;
  return {
    jobId,
    completion: { attempt, op: op.index, try: number, nonce, outcome: outcomeOf(record), actor },
  };
}

/** What became of the try by the record of its invocation. */
export function outcomeOf(record: LambdaResult): Outcome {
  switch (record.requestContext.condition) {
    case 'Success':
      return succeeded(record.responsePayload);
    case 'EventAgeExceeded':
      return failed(
        UNREACHABLE,
        'Lambda could not run the function in time: it was throttled or had no capacity',
      );
    case 'RetriesExhausted': {
      const error = functionErrorSchema.safeParse(record.responsePayload);
      if (!error.success) return failed('Error', 'the function failed without an error object');
      return failed(error.data.errorType, error.data.errorMessage);
    }
  }
}

function succeeded(result: unknown): Outcome {
  if (result === undefined || result === null) return { kind: 'succeeded' };
  const bytes = jsonBytes(result);
  if (bytes > LIMITS.resultBytes) {
    return failed(
      'ResultTooLarge',
      `the result has ${bytes} bytes; at most ${LIMITS.resultBytes} are kept: store it elsewhere and return where`,
    );
  }
  if (isDeeperThan(result, LIMITS.bodyDepth)) {
    return failed(
      'ResultTooLarge',
      `the result has more than ${LIMITS.bodyDepth} levels of objects and arrays`,
    );
  }
  return { kind: 'succeeded', result: z.json().parse(result) };
}

function failed(code: string, message: string): Outcome {
  const error = {
    code: code.slice(0, ERROR_CODE_CHARACTERS),
    message: message.slice(0, ERROR_MESSAGE_CHARACTERS),
  };
  return { kind: 'failed', error };
}
