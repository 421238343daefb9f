import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { type Problem, problemSchema } from '../../core/contract/api/problem.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { readAnswer } from './read-answer.ts';
import { ROUTES, type RouteCalled } from './routes.ts';

/** Left out of a query: `undefined`. */
type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface ApiRequest {
  readonly route: RouteCalled;
  /** Values of the braces in the route's path. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

export interface Answer<Value> {
  /** As the API sent it. */
  readonly body: unknown;
  /** As the contract reads it. */
  readonly value: Value;
  readonly headers: Headers;
}

/** Where requests get the token from. */
export interface TokenSource {
  token(): Promise<string>;
  /** Another one, since the API did not take the last; null if there is no other. */
  renewed(): Promise<string | null>;
}

export interface ApiClientOptions {
  readonly apiUrl: string;
  readonly tokens: TokenSource;
  readonly signal: AbortSignal;
  /** Waits; tests bring their own. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** 1 and 3 more: with the pauses below, or those that the API asks for, it gives up within about a minute. */
const TRIES = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

/** An HTTP API of API Gateway answers within 30 s, or does not. */
const REQUEST_LIMIT_MS = 35_000;

/** Calls one deployment's API. What is no success is thrown as a {@link Failure}. */
export class ApiClient {
  readonly apiUrl: string;
  readonly #tokens: TokenSource;
  readonly #signal: AbortSignal;
  readonly #pause: (ms: number) => Promise<void>;

  constructor({ apiUrl, tokens, signal, pause: wait }: ApiClientOptions) {
    this.apiUrl = apiUrl.replace(/\/$/, '');
    this.#tokens = tokens;
    this.#signal = signal;
    this.#pause = wait ?? (async (ms) => pause(ms, undefined, { signal }));
  }

  async ask<Schema extends z.ZodType>(
    request: ApiRequest,
    schema: Schema,
  ): Promise<Answer<z.output<Schema>>> {
    const { body, headers } = await this.askUnread(request);
    return { body, headers, value: readAnswer(schema, body) };
  }

  /** The body as it came; of an answer without one, null. */
  async askUnread(request: ApiRequest): Promise<{ readonly body: unknown; readonly headers: Headers }> {
    let token = await this.#tokens.token();
    let response = await this.#send(request, token);
    if (response.status === 401) {
      const renewed = await this.#tokens.renewed();
      if (renewed !== null) {
        token = renewed;
        response = await this.#send(request, token);
      }
    }
    const body = jsonOf(await response.text());
    if (response.ok) return { body, headers: response.headers };
    throw failureOf(response.status, body);
  }

  /** Sends it until it is answered with anything but a 503 or a 429, or may not be sent again. */
  async #send(request: ApiRequest, token: string): Promise<Response> {
    const [method = '', path = ''] = ROUTES[request.route].split(' ');
    const url = `${this.apiUrl}${filled(path, request.path ?? {})}${queryOf(request.query ?? {})}`;
    const mayRepeat = method === 'GET' || request.idempotencyKey !== undefined;
    for (let count = 1; ; count += 1) {
      const isLast = count === TRIES;
      try {
        const response = await fetch(url, this.#init(method, request, token));
        if (isLast || !mayComeAgain(response, mayRepeat)) return response;
        await response.body?.cancel();
        await this.#pause(pauseOf(count, response.headers.get('retry-after')));
      } catch (error) {
        this.#signal.throwIfAborted();
        if (isLast || !mayRepeat) throw unreachable(this.apiUrl, error);
        await this.#pause(pauseOf(count, null));
      }
    }
  }

  #init(method: string, { body, idempotencyKey }: ApiRequest, token: string): RequestInit {
    return {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(REQUEST_LIMIT_MS)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }
}

/** Whether an answer says to come again, soon, and nothing can have been done meanwhile that must not be done twice. */
function mayComeAgain({ status, headers }: Response, mayRepeat: boolean): boolean {
  const retryAfter = headers.get('retry-after');
  // A 503 with Retry-After is Jobplane's own, which changed nothing; others may have done half of it.
  if (status === 503) return retryAfter !== null || mayRepeat;
  // The throttle let nothing through. A quota says when there is more of it, which may be too late to wait for.
  if (status !== 429) return false;
  const isThrottle = headers.get('content-type')?.startsWith('application/problem+json') !== true;
  return isThrottle || (retryAfter !== null && Number(retryAfter) * 1_000 <= LONGEST_PAUSE_MS);
}

/** The slashes of `{name+}` stay. */
function filled(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)(\+?)\}/g, (_braces, name: string, greedy: string) => {
    const parts = greedy === '' ? [values[name] ?? ''] : (values[name] ?? '').split('/');
    return parts.map(encodeURIComponent).join('/');
  });
}

function queryOf(values: Readonly<Record<string, QueryValue>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) query.append(name, String(one));
    }
  }
  return query.size === 0 ? '' : `?${query}`;
}

function pauseOf(count: number, retryAfter: string | null): number {
  const asked = retryAfter === null ? Number.NaN : Number(retryAfter) * 1_000;
  const wanted = Number.isFinite(asked) && asked >= 0 ? asked : FIRST_PAUSE_MS * 2 ** (count - 1);
  return Math.min(wanted, LONGEST_PAUSE_MS);
}

function jsonOf(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A newer deployment may say more. */
const tolerantProblemSchema = z.looseObject(problemSchema.shape);

const gatewaySchema = z.looseObject({ message: z.string() });

function failureOf(status: number, body: unknown): Failure {
  const problem = tolerantProblemSchema.safeParse(body);
  if (problem.success) return problemFailure(problem.data);
  // Not from Jobplane but from what is before it.
  const gateway = gatewaySchema.safeParse(body);
  const said = gateway.success ? gateway.data.message : `HTTP ${status}`;
  const exitCode = exitCodeOf(status);
  return new Failure(`The API answered ${status}: ${said}`, { exitCode, ...adviceOf(exitCode) });
}

function problemFailure(problem: Problem): Failure {
  // What a quota refuses may be asked again later, as what a state refuses.
  const exitCode = problem.status === 429 ? EXIT.unsuccessful : exitCodeOf(problem.status);
  return new Failure(problem.detail, { exitCode, problem, ...adviceOf(exitCode) });
}

function exitCodeOf(status: number): ExitCode {
  if (status === 401) return EXIT.notSignedIn;
  if (status === 403 || status === 404) return EXIT.notAllowed;
  if (status === 409) return EXIT.unsuccessful;
  return status < 500 && status !== 429 ? EXIT.usage : EXIT.unreachable;
}

function adviceOf(exitCode: ExitCode): { readonly advice?: string } {
  if (exitCode === EXIT.notSignedIn) return { advice: 'Run jobplane login.' };
  if (exitCode === EXIT.unreachable) return { advice: 'Try again; jobplane doctor says what does not work.' };
  return {};
}

/** What fetch says is that it failed; why is in its cause, which for a refused connection has a code only. */
const causeSchema = z.looseObject({
  cause: z.looseObject({ code: z.string().optional(), message: z.string() }),
});

function unreachable(apiUrl: string, error: unknown): Failure {
  const { data } = causeSchema.safeParse(error);
  const said = error instanceof Error ? error.message : String(error);
  const why = data === undefined ? said : (data.cause.code ?? data.cause.message);
  return new Failure(`The API at ${apiUrl} could not be reached: ${why}`, {
    exitCode: EXIT.unreachable,
    advice: 'Check the address and the network; jobplane doctor looks at each part.',
  });
}
