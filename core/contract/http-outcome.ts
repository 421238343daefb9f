import type { Outcome } from '../job/complete-op.ts';
import type { Instant } from '../job/instant.ts';
import { UNREACHABLE } from '../op/retry-delay.ts';
import { failedWith, succeededWith } from './reported-outcome.ts';

/** What a target answered. Header names are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Nobody did the work, and another time somebody may (RFC 9110, RFC 8470, RFC 6585). */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** As far apart as the tries of an unreachable target come: who asks for more is busy. */
const LONGEST_RETRY_SECONDS = 15 * 60;

/** What a result keeps of the headers: what the body is, and how to find or ask for it again. */
const KEPT_HEADERS = ['content-type', 'etag', 'last-modified', 'link', 'location'];

/**
 * How the try went by what its target answered.
 *
 * @param asked the request in words, without what its query may tell
 */
export function outcomeOfAnswer(asked: string, answer: HttpAnswer, now: Instant): Outcome {
  const { status, headers, body } = answer;
  if (status >= 200 && status < 300) {
    const kept = KEPT_HEADERS.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return succeededWith({ status, headers: Object.fromEntries(kept), body: contentOf(answer) });
  }
  const said = body.slice(0, SAID_CHARACTERS);
  const message = `${asked} was answered with ${status}${said === '' ? '' : `: ${said}`}`;
  if (!TRY_AGAIN.has(status)) return failedWith(`Http${status}`, message);
  const seconds = retryAfterSeconds(headers['retry-after'], now);
  if (seconds === null || seconds <= LONGEST_RETRY_SECONDS) return failedWith(UNREACHABLE, message);
  return failedWith('Busy', message, { retryAfter: `PT${seconds}S` });
}

/** A sentence of the answer, for whoever reads the error. */
const SAID_CHARACTERS = 300;

function contentOf({ headers, body }: HttpAnswer): unknown {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(headers['content-type'] ?? '') || body === '') return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Seconds, or a date (RFC 9110, section 10.2.3); null for neither. */
function retryAfterSeconds(text: string | undefined, now: Instant): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}
