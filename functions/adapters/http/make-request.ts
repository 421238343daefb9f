import {
  type HttpCall,
  type HttpLimits,
  methodProblem,
  urlProblem,
} from '../../../core/contract/http-call.ts';
import { type HttpAnswer, outcomeOfAnswer } from '../../../core/contract/http-outcome.ts';
import { failedWith } from '../../../core/contract/reported-outcome.ts';
import type { Outcome } from '../../../core/job/complete-op.ts';
import type { Network } from './checked-lookup.ts';
import { HttpError } from './http-error.ts';
import { type Request, requestOnce } from './request-once.ts';

export interface HttpRules {
  readonly limits: HttpLimits;
  readonly timeoutSeconds: number;
  /** What the host of the op's URL is given, and no other. */
  readonly secretHeader?: { readonly name: string; readonly value: string };
}

export interface Outside {
  readonly request: Request;
  readonly network: Network;
  readonly now: () => number;
}

const REDIRECTS = 3;

/** Repeated as they are, since they change nothing; the redirect of any other method is the caller's to follow. */
const FOLLOWED_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Headers that prove who asks; another host has no business with them. */
const CREDENTIALS = ['authorization', 'cookie'];

/**
 * Makes the request of a try, and follows its redirects as far as each of them may be asked by itself.
 *
 * @param key names the try, so that the target can tell a repeat from a second request
 */
export async function makeRequest(
  outside: Outside,
  rules: HttpRules,
  call: HttpCall,
  key: string,
): Promise<Outcome> {
  const refused = urlProblem(call.url, rules.limits) ?? methodProblem(call.method, rules.limits);
  if (refused !== null) return failedWith('HttpTargetRefused', `the request ${refused}`);
  const url = new URL(call.url);
  const asked = `${call.method} ${url.origin}${url.pathname}`;
  const signal = AbortSignal.timeout(rules.timeoutSeconds * 1000);
  try {
    return outcomeOfAnswer(asked, await follow(outside, rules, call, { url, key, signal }), outside.now());
  } catch (error) {
    if (signal.aborted)
      return failedWith('HttpTimeout', `${asked} took longer than ${rules.timeoutSeconds} s`);
    if (error instanceof HttpError) return failedWith(error.code, `${asked}: ${error.message}`);
    return failedWith('Unreachable', `${asked}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function follow(
  { request, network }: Outside,
  rules: HttpRules,
  call: HttpCall,
  first: { readonly url: URL; readonly key: string; readonly signal: AbortSignal },
): Promise<HttpAnswer> {
  const { method } = call;
  const sent = bodyOf(call);
  let { url } = first;
  for (let hop = 0; hop <= REDIRECTS; hop += 1) {
    const headers = headersTo(url, first, rules, call);
    const answer = await requestOnce(request, network, {
      url,
      method,
      headers,
      ...sent.body,
      signal: first.signal,
    });
    const to = answer.headers['location'];
    if (!REDIRECT_STATUSES.has(answer.status) || to === undefined) return answer;
    if (!FOLLOWED_METHODS.has(method)) {
      throw new HttpError('HttpRedirected', `it is redirected, and only GET and HEAD are followed`);
    }
    url = nextUrl(to, url, rules);
  }
  throw new HttpError('HttpRedirected', `it is redirected more than ${REDIRECTS} times`);
}

function nextUrl(to: string, from: URL, { limits }: HttpRules): URL {
  if (!URL.canParse(to, from.href))
    throw new HttpError('HttpRedirected', 'it is redirected to what is no URL');
  const next = new URL(to, from.href);
  const refused = urlProblem(next.href, limits);
  if (refused !== null) throw new HttpError('HttpTargetRefused', `it is redirected to where it ${refused}`);
  return next;
}

function headersTo(
  url: URL,
  { url: origin, key }: { readonly url: URL; readonly key: string },
  { secretHeader }: HttpRules,
  call: HttpCall,
): Record<string, string> {
  const isOrigin = url.host === origin.host;
  const own = Object.entries(call.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const given = secretHeader === undefined ? [] : [[secretHeader.name, secretHeader.value] as const];
  const headers = [...own, ...given].filter(
    ([name]) => isOrigin || !(CREDENTIALS.includes(name) || name === secretHeader?.name),
  );
  return { ...bodyOf(call).headers, ...Object.fromEntries(headers), 'idempotency-key': key };
}

function bodyOf({ body, method }: HttpCall): {
  readonly headers: Record<string, string>;
  readonly body: { readonly body?: string };
} {
  if (body === undefined || method === 'GET' || method === 'HEAD') return { headers: {}, body: {} };
  if (typeof body === 'string')
    return { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: { body } };
  return { headers: { 'content-type': 'application/json' }, body: { body: JSON.stringify(body) } };
}
