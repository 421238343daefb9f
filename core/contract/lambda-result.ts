import * as z from 'zod';
import type { Completion, Outcome } from '../job/complete-op.ts';
import { attemptSchema, type JobId, jobIdSchema, opIndexSchema, trySchema } from '../job/identifiers.ts';
import { UNREACHABLE } from '../op/retry-delay.ts';
import { failedWith, succeededWith } from './reported-outcome.ts';

/** The part of our own call that names the try it belongs to. */
const callSchema = z.object({
  jobId: jobIdSchema,
  attempt: attemptSchema,
  op: z.object({ index: opIndexSchema }),
  try: trySchema,
  nonce: z.string(),
  /** Given with the call to a function of Jobplane's own, which returns how the try went. */
  answers: z.literal('outcome').optional(),
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
      return answered(record);
    case 'EventAgeExceeded':
      return failedWith(
        UNREACHABLE,
        'Lambda could not run the function in time: it was throttled or had no capacity',
      );
    case 'RetriesExhausted': {
      const error = functionErrorSchema.safeParse(record.responsePayload);
      if (!error.success) return failedWith('Error', 'the function failed without an error object');
      return failedWith(error.data.errorType, error.data.errorMessage);
    }
  }
}

/** What a function of Jobplane's own returns of the try that it was called for. */
const answeredOutcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('succeeded'), result: z.unknown() }),
  z.strictObject({
    kind: z.literal('failed'),
    error: z.strictObject({ code: z.string(), message: z.string(), detail: z.json().optional() }),
  }),
]);

/** A plain function's result is whatever it returned. */
function answered({ requestPayload, responsePayload }: LambdaResult): Outcome {
  if (requestPayload.answers === undefined) return succeededWith(responsePayload);
  const outcome = answeredOutcomeSchema.parse(responsePayload);
  if (outcome.kind === 'succeeded') return succeededWith(outcome.result);
  const { code, message, detail } = outcome.error;
  return failedWith(code, message, detail);
}
