import { type ErrorCode, type Refused, refused } from '../../core/contract/error-codes.ts';
import { isDeeperThan, jsonBytes, LIMITS } from '../../core/contract/limits.ts';
import { type HttpEvent, headerOf } from './http-event.ts';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * The JSON of a request's body; `{}` where there is none. It is measured before any schema looks at
 * it: in bytes without its white space, and in levels, since deep nesting exhausts the stack.
 *
 * @param tooLarge the code for a body beyond `atMost` bytes
 */
export function jsonBody(
  event: HttpEvent,
  tooLarge: ErrorCode,
  atMost: number = LIMITS.specBytes,
): { readonly ok: true; readonly value: unknown } | Refused {
  const text = textOf(event);
  if (text === null) return refused('InvalidJson', 'The body is not UTF-8.');
  if (text === '') return { ok: true, value: {} };
  const type = headerOf(event, 'content-type');
  if (type !== undefined && !JSON_TYPE.test(type)) {
    return refused('UnsupportedMediaType', `Send the body as application/json; '${type}' is not read.`);
  }
  const parsed = parse(text);
  if (!parsed.ok) return parsed;
  if (isDeeperThan(parsed.value, LIMITS.bodyDepth)) {
    return refused('TooDeep', `The body has more than ${LIMITS.bodyDepth} levels of objects and arrays.`);
  }
  const bytes = jsonBytes(parsed.value);
  if (bytes <= atMost) return parsed;
  return refused(tooLarge, `The body has ${bytes} bytes; at most ${atMost} are read.`);
}

/** Null for bytes that are no text. */
function textOf({ body, isBase64Encoded }: HttpEvent): string | null {
  if (!isBase64Encoded) return body ?? '';
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body ?? '', 'base64'));
  } catch {
    return null;
  }
}

function parse(text: string): { readonly ok: true; readonly value: unknown } | Refused {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return refused(
      'InvalidJson',
      `The body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}.`,
    );
  }
}
