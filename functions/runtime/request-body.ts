import { type ErrorCode, type Refused, refused } from '../../core/contract/error-codes.ts';
import { isDeeperThan, jsonBytes, LIMITS, utf8Bytes } from '../../core/contract/limits.ts';
import { type HttpEvent, headerOf } from './http-event.ts';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** RFC 9512's, and what was sent before there was one. */
const YAML_TYPE = /^(?:(?:application|text)\/(?:x-)?|application\/[\w.+-]+\+)yaml\s*(?:;|$)/i;

type Read = { readonly ok: true; readonly value: unknown } | Refused;

/** How a body is read, whatever is in it. */
export interface BodyReading {
  /** The code for a body that is larger than any may be. */
  readonly tooLarge: ErrorCode;
  /** How large it may be; left out: as large as a specification, the largest that is one thing. */
  readonly bodyBytes?: number;
  /** Of a route that takes YAML: given by it, so that no other function bundles the reader. */
  readonly readYaml?: (text: string) => Read;
}

/**
 * What a request's body says; `{}` where there is none. It is measured before any schema looks at
 * it: in bytes of JSON without its white space, and in levels, since deep nesting exhausts the stack.
 * YAML is measured as it is sent, too, white space and all: it takes long to read.
 */
export function requestBody(event: HttpEvent, reading: BodyReading): Read {
  const { tooLarge, bodyBytes: atMost = LIMITS.specBytes, readYaml } = reading;
  const text = textOf(event);
  if (text === null) return refused('InvalidJson', 'The body is not UTF-8.');
  if (text === '') return { ok: true, value: {} };
  const type = headerOf(event, 'content-type') ?? 'application/json';
  const isYaml = readYaml !== undefined && YAML_TYPE.test(type);
  if (!isYaml && !JSON_TYPE.test(type)) {
    const types = readYaml === undefined ? 'application/json' : 'application/json or application/yaml';
    return refused('UnsupportedMediaType', `Send the body as ${types}; '${type}' is not read.`);
  }
  if (isYaml && utf8Bytes(text) > LIMITS.yamlBytes) {
    return refused(tooLarge, tooManyBytes(utf8Bytes(text), LIMITS.yamlBytes));
  }
  const parsed = isYaml ? readYaml(text) : parseJson(text);
  if (!parsed.ok) return parsed;
  if (isDeeperThan(parsed.value, LIMITS.bodyDepth)) {
    return refused('TooDeep', `The body has more than ${LIMITS.bodyDepth} levels of objects and arrays.`);
  }
  const bytes = jsonBytes(parsed.value);
  return bytes <= atMost ? parsed : refused(tooLarge, tooManyBytes(bytes, atMost));
}

function tooManyBytes(bytes: number, atMost: number): string {
  return `The body has ${bytes} bytes; at most ${atMost} are read.`;
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

function parseJson(text: string): Read {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return refused(
      'InvalidJson',
      `The body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}.`,
    );
  }
}
