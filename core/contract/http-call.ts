import * as z from 'zod';

export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Where the requests of an action may go. */
export const httpLimitsSchema = z.strictObject({
  /** Names of hosts, with a port where it is not 443. */
  hosts: z.array(z.string()).readonly(),
  methods: z.array(z.enum(HTTP_METHODS)).readonly(),
});

export type HttpLimits = z.infer<typeof httpLimitsSchema>;

/** As long as the strictest of the usual servers takes (8 KB a request line), with room for the rest. */
const URL_CHARACTERS = 4_096;
const HEADERS = 50;
const HEADER_VALUE_CHARACTERS = 2_048;

/** Headers that say where a request goes or where it ends, which is not for a caller to say, and ours. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, { error: 'must be the name of a header' })
  .refine((name) => !OWN_HEADERS.has(name.toLowerCase()) && !/^proxy-/i.test(name), {
    error: 'is a header that Jobplane sets itself',
  });

const headerValueSchema = z
  .string()
  .max(HEADER_VALUE_CHARACTERS)
  .regex(/^[\t\x20-\x7e]*$/, { error: 'must be printable ASCII' });

const urlSchema = z.string().max(URL_CHARACTERS);
const methodSchema = z.enum(HTTP_METHODS);

function fewHeaders(headers: object): boolean {
  return Object.keys(headers).length <= HEADERS;
}

const TOO_MANY_HEADERS = { error: `must have at most ${HEADERS} headers` };

/** The input of an op of kind http, once its references are resolved. */
export const httpCallSchema = z.strictObject({
  url: urlSchema,
  method: methodSchema.default('GET'),
  headers: z.record(headerNameSchema, headerValueSchema).refine(fewHeaders, TOO_MANY_HEADERS).default({}),
  /** A text is sent as it is, anything else as JSON. */
  body: z.json().optional(),
});

export type HttpCall = z.infer<typeof httpCallSchema>;

/** A reference, to a result or to the item of a child: known when the op runs, and checked then. */
const laterSchema = z
  .record(z.string(), z.string())
  .refine((value) => ['$from', '$item'].includes(Object.keys(value).join()));

/** The same input before its references are resolved. */
const draftSchema = z.strictObject({
  url: z.union([urlSchema, laterSchema]),
  method: z.union([methodSchema, laterSchema]).optional(),
  headers: z.record(headerNameSchema, z.union([headerValueSchema, laterSchema])).optional(),
  body: z.json().optional(),
});

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

/** What is wrong with an input, as far as it is known before the op runs. */
export function httpInputProblems(input: unknown, limits: HttpLimits): readonly Problem[] {
  const parsed = draftSchema.safeParse(input);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => ({ path: path.map(String), message }));
  }
  const { url, method = 'GET' } = parsed.data;
  const refused = [
    ['url', typeof url === 'string' ? urlProblem(url, limits) : null],
    ['method', typeof method === 'string' ? methodProblem(method, limits) : null],
  ] as const;
  return refused.flatMap(([key, message]) => (message === null ? [] : [{ path: [key], message }]));
}

/** Null: the method may be used. */
export function methodProblem(method: HttpCall['method'], { methods }: HttpLimits): string | null {
  return methods.includes(method) ? null : `must be one of ${methods.join(', ')}`;
}

/**
 * Null: a request may go there. Only names are on the list, so an address is refused in whatever
 * notation it is written; the list holds what a URL parser makes of a name, so a dot behind it, another
 * port, or a name in disguise is another host.
 */
export function urlProblem(url: string, { hosts }: HttpLimits): string | null {
  if (!URL.canParse(url)) return 'must be a URL';
  const { protocol, username, password, host } = new URL(url);
  if (protocol !== 'https:') return 'must be https';
  if (username !== '' || password !== '') return 'must not hold a user or a password';
  if (!hosts.includes(host)) return `must be at one of ${hosts.join(', ')}`;
  return null;
}

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9](?::[1-9]\d{0,4})?$/;

/** Null: the host can be on a list: a full name in lower case, not an address, and 443 is not said. */
export function hostProblem(host: string): string | null {
  const url = `https://${host}/`;
  const isName = HOST.test(host) && URL.canParse(url) && new URL(url).host === host;
  return isName ? null : `'${host}' must be a host's full name in lower case, as api.example.com`;
}
