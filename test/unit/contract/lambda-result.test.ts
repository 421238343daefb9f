import { describe, expect, it } from 'vitest';
import { lambdaResultSchema, outcomeOf } from '../../../core/contract/lambda-result.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import { RUN_ID } from '../../support/job-run.ts';

/** A record as Lambda sends it to a destination, with the call that we made. */
function record(condition: string, responsePayload?: unknown) {
  return {
    version: '1.0',
    timestamp: '2026-11-23T09:30:00.000Z',
    requestContext: {
      requestId: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e',
      functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:build:live',
      condition,
      approximateInvokeCount: 1,
    },
    requestPayload: {
      jobId: RUN_ID,
      project: 'web',
      attempt: 1,
      op: { index: 2, name: 'build' },
      try: 3,
      nonce: 'n',
      opFence: 9,
      fences: {},
      input: {},
    },
    responseContext: { statusCode: 200, executedVersion: '7' },
    ...(responsePayload === undefined ? {} : { responsePayload }),
  };
}

const outcome = (condition: string, responsePayload?: unknown) =>
  outcomeOf(lambdaResultSchema.parse(record(condition, responsePayload)));

describe('the record of a Lambda invocation', () => {
  it('names the try that it belongs to', () => {
    expect(lambdaResultSchema.parse(record('Success')).requestPayload).toEqual({
      jobId: RUN_ID,
      attempt: 1,
      op: { index: 2 },
      try: 3,
      nonce: 'n',
    });
  });

  it.each([{ jobId: 'x' }, { attempt: 0 }, { try: 0 }, { nonce: undefined }, { op: 2 }])(
    'is not one of ours with %j',
    (odd) => {
      const made = record('Success');
      const requestPayload = { ...made.requestPayload, ...odd };
      expect(lambdaResultSchema.safeParse({ ...made, requestPayload }).success).toBe(false);
    },
  );

  it('of a success carries what the function returned', () => {
    expect(outcome('Success', { pages: 3 })).toEqual({ kind: 'succeeded', result: { pages: 3 } });
    expect(outcome('Success', 0)).toEqual({ kind: 'succeeded', result: 0 });
    expect(outcome('Success', false)).toEqual({ kind: 'succeeded', result: false });
  });

  it.each([undefined, null])('of a success without a result (%j) carries none', (payload) => {
    expect(outcome('Success', payload)).toEqual({ kind: 'succeeded' });
  });

  it('of a result that is too large is a failure, since it is lost', () => {
    const fits = 'x'.repeat(LIMITS.resultBytes - 2);
    expect(outcome('Success', fits)).toMatchObject({ kind: 'succeeded' });
    expect(outcome('Success', `${fits}x`)).toMatchObject({
      kind: 'failed',
      error: { code: 'ResultTooLarge' },
    });
  });

  it('of a function that threw carries the error’s name and message', () => {
    const thrown = { errorType: 'Busy', errorMessage: 'come back later', trace: ['at …'] };
    expect(outcome('RetriesExhausted', thrown)).toEqual({
      kind: 'failed',
      error: { code: 'Busy', message: 'come back later' },
    });
  });

  it('of a function that died without a word says so', () => {
    expect(outcome('RetriesExhausted', { errorMessage: 'Task timed out after 3.00 seconds' })).toEqual({
      kind: 'failed',
      error: { code: 'Error', message: 'Task timed out after 3.00 seconds' },
    });
    for (const payload of [undefined, null, 'dead', []]) {
      expect(outcome('RetriesExhausted', payload)).toMatchObject({
        kind: 'failed',
        error: { code: 'Error' },
      });
    }
  });

  it('keeps a sentence of what the function said, and no more', () => {
    const thrown = { errorType: 'E'.repeat(9_000), errorMessage: 'm'.repeat(9_000) };
    expect(outcome('RetriesExhausted', thrown)).toEqual({
      kind: 'failed',
      error: { code: 'E'.repeat(128), message: 'm'.repeat(2_000) },
    });
  });

  it('of an event that grew too old is a target that could not be reached', () => {
    expect(outcome('EventAgeExceeded')).toMatchObject({ kind: 'failed', error: { code: 'Unreachable' } });
  });

  it('of a condition that Lambda does not have is refused', () => {
    expect(lambdaResultSchema.safeParse(record('Unknown')).success).toBe(false);
  });

  it('fails a result that is nested too deeply, before anything recurses into it', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`);
    expect(outcome('Success', deep)).toMatchObject({ kind: 'failed', error: { code: 'ResultTooLarge' } });
  });
});

describe('what a function of Jobplane’s own returns', () => {
  const answered = (responsePayload: unknown) => {
    const made = record('Success', responsePayload);
    const requestPayload = { ...made.requestPayload, answers: 'outcome' };
    return outcomeOf(lambdaResultSchema.parse({ ...made, requestPayload }));
  };

  it('is how the try went', () => {
    expect(answered({ kind: 'succeeded', result: { status: 200 } })).toEqual({
      kind: 'succeeded',
      result: { status: 200 },
    });
    const error = { code: 'Busy', message: 'later', detail: { retryAfter: 'PT1H' } };
    expect(answered({ kind: 'failed', error })).toEqual({ kind: 'failed', error });
  });

  it('is held to the same limits', () => {
    const result = 'x'.repeat(LIMITS.resultBytes);
    expect(answered({ kind: 'succeeded', result })).toMatchObject({ error: { code: 'ResultTooLarge' } });
  });

  it('is nothing else', () => {
    expect(() => answered({ pages: 3 })).toThrow();
  });
});
