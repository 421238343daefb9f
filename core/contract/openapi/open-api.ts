import type * as z from 'zod';
import type { Permission } from '../../access/permissions.ts';
import { jobIdSchema } from '../../job/identifiers.ts';
import { scheduleIdSchema } from '../../schedule/schedule.ts';
import { problemOf } from '../api/problem.ts';
import { queuePathSchema } from '../api/put-queue.ts';
import { sessionParamsSchema } from '../api/session.ts';
import { idempotencyKeySchema } from '../api/submit-job.ts';
import { opPathSchema } from '../api/worker-verbs.ts';
import { type AnswerHeader, API, routeSchemas } from '../api.ts';
import { ERRORS, type ErrorCode } from '../error-codes.ts';
import { componentSchemas, schemaRef } from './component-schemas.ts';
import { ANSWERED, SENT } from './components.ts';
import { EXAMPLES } from './examples.ts';
import { ROUTE_WORDS, TAGS } from './route-words.ts';

/** Where a route is and whom it serves, as functions/api/routes.ts says it. */
interface Address {
  readonly method: string;
  readonly path: string;
  readonly permission?: Permission;
  readonly also?: Permission;
  readonly ofOwner?: Permission;
  readonly public?: true;
}

type RouteName = keyof typeof API;

/**
 * The contract's own version: the first number grows with a change that may break a caller, the second
 * with anything new. docs/api.md says what is which.
 */
const API_VERSION = '1.0.0';

/** The whole API as OpenAPI 3.1, made of the schemas that validate and of nothing else. */
export function openApi(routes: Readonly<Record<RouteName, Address>>) {
  const queries = querySchemas();
  const answered = componentSchemas(ANSWERED, 'output');
  const sent = componentSchemas({ ...SENT, ...queries }, 'input');
  const schemas = Object.fromEntries(Object.entries(sent).filter(([name]) => !Object.hasOwn(queries, name)));
  return {
    openapi: '3.1.1',
    info: {
      title: 'Jobplane',
      version: API_VERSION,
      summary: 'Submit jobs, see why they wait, cancel, retry and roll them back.',
      description: DESCRIPTION,
    },
    servers: [{ url: '/', description: 'Wherever this document comes from.' }],
    security: [{ token: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: pathsOf(routes, sent),
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            "A token of the deployment's user pool or OIDC issuer, whose groups are `project:role`, such as `web:operator`.",
        },
      },
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY },
      headers: HEADERS,
      responses: refusalsOfOneCode(),
      examples: Object.fromEntries(Object.entries(EXAMPLES).map(([name, value]) => [name, { value }])),
      schemas: {
        ...schemas,
        ...answered,
        Problem: problemWithCodes(answered['Problem']),
        GatewayMessage: GATEWAY_MESSAGE,
      },
    },
  };
}

const DESCRIPTION = `Every refusal is \`application/problem+json\` with a stable \`code\`; each route lists those that it may answer with. In front of every route stands API Gateway, whose own answers are \`application/json\` \`{"message": …}\`: 401 for a request without a token that it accepts, 404 for a path that is no route, 429 beyond the account's rate, 503 when a function does not answer within 30 seconds.

\`x-permission\` is what a caller needs in the project, \`x-permission-also\` what they need beside it, \`x-permission-of-owner\` what suffices for the owner of the job.`;

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';
const PROBLEM_TYPE = 'application/problem+json';

const NAMES_OF_SENT = namesOf(SENT);
const NAMES_OF_ANSWERED = namesOf(ANSWERED);

function namesOf(schemas: Readonly<Record<string, z.ZodType>>): ReadonlyMap<z.ZodType, string> {
  return new Map(Object.entries(schemas).map(([name, schema]) => [schema, name]));
}

function routeNames(): readonly RouteName[] {
  return Object.keys(API).filter((name): name is RouteName => Object.hasOwn(API, name));
}

const queryName = (route: RouteName) => `query of ${route}`;

/** Queries go through the same conversion as components, and become parameters. */
function querySchemas(): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries([
    ...routeNames().flatMap((name) => {
      const { query } = routeSchemas(name);
      return query === undefined ? [] : [[queryName(name), query] as const];
    }),
  ]);
}

type Schemas = ReturnType<typeof componentSchemas>;

function pathsOf(routes: Readonly<Record<RouteName, Address>>, sent: Schemas): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  for (const name of routeNames()) {
    const { method, path } = routes[name];
    // A greedy parameter is API Gateway's; OpenAPI has no word for it.
    const published = path.replace('+}', '}');
    const operation = operationOf(name, routes[name], sent);
    paths[published] = { ...paths[published], [method.toLowerCase()]: operation };
  }
  return paths;
}

function operationOf(name: RouteName, address: Address, sent: Schemas): object {
  const { tag, summary, description } = ROUTE_WORDS[name];
  const { body, yaml, idempotent, errors } = routeSchemas(name);
  const parameters = [
    ...pathParameters(address.path),
    ...queryParameters(sent[queryName(name)]),
    ...(idempotent === true ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ];
  return {
    operationId: name,
    tags: [tag],
    summary,
    description,
    ...(address.public === true ? { security: [] } : {}),
    ...(address.permission === undefined ? {} : { 'x-permission': address.permission }),
    ...(address.also === undefined ? {} : { 'x-permission-also': address.also }),
    ...(address.ofOwner === undefined ? {} : { 'x-permission-of-owner': address.ofOwner }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body, yaml === true) }),
    responses: { ...successes(name), ...refusals(errors) },
  };
}

/** What stands in a path, by its name and where it stands. */
function pathParameters(path: string): readonly object[] {
  return [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name = '']) => {
    const { description, schema } = pathParameter(name, path);
    const published = componentSchemas({ [name]: schema }, 'input')[name];
    return { name, in: 'path', required: true, description, schema: published };
  });
}

function pathParameter(name: string, path: string): { description: string; schema: z.ZodType } {
  switch (name) {
    case 'index':
      return { description: 'Position of the op, from 0.', schema: opPathSchema.shape.index };
    case 'session':
      return { description: 'What its jobs name.', schema: sessionParamsSchema.shape.session };
    case 'name':
      return { description: 'The name, slashes included.', schema: queuePathSchema.shape.name };
    case 'id':
      return path.startsWith('/schedules/')
        ? { description: 'Id of the schedule.', schema: scheduleIdSchema }
        : { description: 'Id of the job.', schema: jobIdSchema };
    default:
      throw new Error(`nobody says what {${name}} is`);
  }
}

function queryParameters(query: Schemas[string] | undefined): readonly object[] {
  return Object.entries(query?.properties ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function requestBody(schema: z.ZodType, yaml: boolean): object {
  const name = nameIn(NAMES_OF_SENT, schema);
  const content = { schema: schemaRef(name), ...exampleOf(name) };
  // An empty body is read as {}: only one that must say something is required.
  const required = !schema.safeParse({}).success;
  return { required, content: { [JSON_TYPE]: content, ...(yaml ? { [YAML_TYPE]: content } : {}) } };
}

function nameIn(names: ReadonlyMap<z.ZodType, string>, schema: z.ZodType): string {
  const name = names.get(schema);
  if (name === undefined) throw new Error('a schema of a route has no name in components.ts');
  return name;
}

function exampleOf(name: string): object {
  if (!Object.hasOwn(EXAMPLES, name)) throw new Error(`${name} has no example`);
  return { examples: { [name]: { $ref: `#/components/examples/${name}` } } };
}

function successes(route: RouteName): Record<string, object> {
  const { answers, headers = {} } = routeSchemas(route);
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => {
      const named = headers[Number(status)] ?? [];
      const withHeaders =
        named.length === 0
          ? {}
          : {
              headers: Object.fromEntries(
                named.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
              ),
            };
      if (schema === null) return [status, { description: 'Done; there is nothing to say.', ...withHeaders }];
      const name = nameIn(NAMES_OF_ANSWERED, schema);
      const content = { [JSON_TYPE]: { schema: schemaRef(name), ...exampleOf(name) } };
      return [status, { description: SUCCESS_WORDS[status] ?? 'Done.', ...withHeaders, content }];
    }),
  );
}

const SUCCESS_WORDS: Readonly<Record<string, string>> = { 200: 'What was asked for.', 201: 'What was made.' };

/** The refusals of a route by status: one of a single code is the same for all routes. */
function refusals(errors: readonly ErrorCode[]): Record<string, object> {
  return Object.fromEntries(
    codesByStatus(errors).map(([status, codes]) => {
      const [only] = codes;
      if (codes.length === 1) return [status, { $ref: `#/components/responses/${only}` }];
      return [status, refusal(status, codes)];
    }),
  );
}

function refusalsOfOneCode(): Record<string, object> {
  const groups = routeNames().flatMap((name) => codesByStatus(routeSchemas(name).errors));
  const alone = new Set(groups.flatMap(([, codes]) => (codes.length === 1 ? codes : [])));
  return Object.fromEntries(
    errorCodes()
      .filter((code) => alone.has(code))
      .map((code) => [code, refusal(ERRORS[code].status, [code])]),
  );
}

function codesByStatus(errors: readonly ErrorCode[]): readonly (readonly [number, readonly ErrorCode[]])[] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errors) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus];
}

/** Every code of a refusal. */
function errorCodes(): readonly ErrorCode[] {
  return Object.keys(ERRORS).filter((code): code is ErrorCode => Object.hasOwn(ERRORS, code));
}

function refusal(status: number, codes: readonly ErrorCode[]): object {
  const [first] = codes;
  const example =
    first === undefined ? {} : { example: problemOf({ code: first, detail: `${ERRORS[first].title}.` }) };
  const schema = {
    allOf: [schemaRef('Problem')],
    properties: { status: { const: status }, code: { enum: codes } },
  };
  return {
    description: first !== undefined && codes.length === 1 ? `${ERRORS[first].title}.` : REFUSED_WORDS,
    ...(status === 429 || status === 503
      ? { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } }
      : {}),
    content: {
      [PROBLEM_TYPE]: { schema, ...example },
      ...(status === 401 ? { [JSON_TYPE]: { schema: schemaRef('GatewayMessage') } } : {}),
    },
  };
}

const REFUSED_WORDS = 'Refused: `code` says why; the schema `Problem` says what each code means.';

/** The problem, with what each code means: said once, and not for each route. */
function problemWithCodes(problem: Schemas[string] | undefined): object {
  const meanings = errorCodes().map(
    (code) => `- \`${code}\` (${ERRORS[code].status}): ${ERRORS[code].title}.`,
  );
  const description = `Stable: programs may branch on it.\n\n${meanings.join('\n')}`;
  return { ...problem, properties: { ...problem?.properties, code: { type: 'string', description } } };
}

/** What API Gateway itself answers. */
const GATEWAY_MESSAGE = {
  type: 'object',
  properties: { message: { type: 'string' } },
  required: ['message'],
  examples: [{ message: 'Unauthorized' }],
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'What a client makes up once for one job, and sends again when in doubt: the same key and specification make no second job.',
  schema: componentSchemas({ key: idempotencyKeySchema }, 'input')['key'],
};

const HEADERS = {
  Location: { description: 'Where it lives.', schema: { type: 'string' } },
  'Idempotency-Replayed': {
    description: 'The same key and specification made the job before.',
    schema: { const: 'true' },
  },
  'Cache-Control': { description: 'How long it may be kept.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds after which to ask again.', schema: { type: 'string' } },
} as const satisfies Record<AnswerHeader | 'Retry-After', object>;
