import Ajv, { type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApi } from '../../core/contract/openapi/open-api.ts';
import { ROUTES, type RouteName } from '../../functions/api/routes.ts';

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly contentType: unknown;
  /** '' where it has no body. */
  readonly text: string;
}

/** The document that the schemas make, as a client reads it. */
export const PUBLISHED_API = openApi(ROUTES);

const DOCUMENT_ID = 'urn:jobplane:openapi';

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
ajv.addSchema(PUBLISHED_API, DOCUMENT_ID);

/** Which answers were looked at, `submit-job 400 InvalidName`, so that a test can ask what has been seen. */
export const SEEN_ANSWERS = new Set<string>();

/** Throws unless the document declares this answer of the route: its status, type, code and shape. */
export function checkPublished(route: RouteName, { status, contentType, text }: WireAnswer): void {
  const declared = pointer(
    'paths',
    pathOf(route),
    ROUTES[route].method.toLowerCase(),
    'responses',
    String(status),
  );
  const found = resolved(declared);
  if (found === undefined) throw new Error(`${route} declares no answer ${status}: ${text}`);
  const type = String(contentType).split(';')[0] ?? '';
  const isEmpty = !('content' in found.value);
  if (isEmpty && text === '') {
    SEEN_ANSWERS.add(`${route} ${status}`);
    return;
  }
  const body: unknown = JSON.parse(text);
  const validate = validatorOf(`${found.at}${pointer('content', type, 'schema')}`);
  if (!validate(body)) {
    throw new Error(
      `${route} answered ${status} ${text}, which is not published: ${ajv.errorsText(validate.errors)}`,
    );
  }
  SEEN_ANSWERS.add(`${route} ${codeOf(body) ?? status}`);
}

/** Throws unless a value is what the document says of the component. */
export function checkComponent(name: string, value: unknown): void {
  const validate = validatorOf(pointer('components', 'schemas', name));
  if (!validate(value)) throw new Error(`${name}: ${ajv.errorsText(validate.errors)}`);
}

export function pathOf(route: RouteName): string {
  return ROUTES[route].path.replace('+}', '}');
}

const ADDRESSES = Object.keys(ROUTES)
  .filter((name): name is RouteName => Object.hasOwn(ROUTES, name))
  .map((name) => {
    const { method, path } = ROUTES[name];
    const pattern = path.replaceAll(/\{\w+\+\}/g, '.+').replaceAll(/\{\w+\}/g, '[^/]+');
    return { name, method, pattern: new RegExp(`^${pattern}$`) };
  });

/** The route that serves a path: the one with fewer parameters where several would. */
export function routeOf(method: string, path: string): RouteName | undefined {
  const serving = ADDRESSES.filter((each) => each.method === method && each.pattern.test(path));
  return (serving.find(({ name }) => ROUTES[name].path === path) ?? serving[0])?.name;
}

function codeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('type' in body) || !('code' in body)) return undefined;
  return String(body.type).startsWith('urn:jobplane:error') ? String(body.code) : undefined;
}

const validators = new Map<string, ValidateFunction>();

function validatorOf(at: string): ValidateFunction {
  const known = validators.get(at);
  if (known !== undefined) return known;
  const made = ajv.compile({ $ref: `${DOCUMENT_ID}#${at}` });
  validators.set(at, made);
  return made;
}

/** A JSON pointer, which a reference may hold. */
function pointer(...segments: readonly string[]): string {
  return segments
    .map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');
}

/** What stands there, and where it really stands if that is a reference. */
function resolved(at: string): { readonly at: string; readonly value: object } | undefined {
  const value = at.split('/').slice(1).reduce<unknown>(stepInto, PUBLISHED_API);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('$ref' in value) return resolved(String(value.$ref).slice(1));
  return { at, value };
}

function stepInto(from: unknown, segment: string): unknown {
  const key = decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~');
  if (typeof from !== 'object' || from === null) return undefined;
  return Object.entries(from).find(([name]) => name === key)?.[1];
}
