import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { problemOf } from '../../core/contract/api/problem.ts';
import { ERRORS, type Refusal, refused } from '../../core/contract/error-codes.ts';
import { jsonBytes } from '../../core/contract/limits.ts';

/** What a route answers when it did what was asked. */
export interface Reply {
  readonly status: 200 | 201 | 204;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What API Gateway makes an HTTP response from. */
export type HttpResult = APIGatewayProxyStructuredResultV2;

/** A function may return 6 MB; counted as API Gateway gets it, a text in a JSON. */
const RESULT_BYTES = 5_500_000;

/** Each character of a text has at most 7 bytes in a JSON, so a shorter one need not be counted. */
const CERTAINLY_SMALL = RESULT_BYTES / 7;

/** Answers hold what one caller may see: nobody on the way keeps them or guesses what they are. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Soon enough, since what is in the way takes milliseconds. */
const RETRY_AFTER_SECONDS = '1';

export function replyResult({ status, body, headers = {} }: Reply): HttpResult {
  if (body === undefined) return { statusCode: status, headers: { ...HEADERS, ...headers } };
  const text = JSON.stringify(body);
  if (text.length > CERTAINLY_SMALL && jsonBytes(text) > RESULT_BYTES) return problemResult(TOO_LARGE);
  return {
    statusCode: status,
    headers: { ...HEADERS, 'content-type': 'application/json', ...headers },
    body: text,
  };
}

/** A refusal as `application/problem+json`. */
export function problemResult(refusal: Refusal): HttpResult {
  const { status } = ERRORS[refusal.code];
  return {
    statusCode: status,
    headers: {
      ...HEADERS,
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
      ...(refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) }),
    },
    body: JSON.stringify(problemOf(refusal)),
  };
}

const { refusal: TOO_LARGE } = refused(
  'AnswerTooLarge',
  'The answer has more than 5.5 MB. Ask for less of it: a smaller limit, or fewer fields.',
);
