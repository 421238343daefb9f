import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { isIP } from 'node:net';
import type { HttpAnswer } from '../../../core/contract/http-outcome.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import { checkedLookup, type Network } from './checked-lookup.ts';
import { HttpError } from './http-error.ts';

/** `https.request`, which a test puts one in place of that speaks to its own server. */
export type Request = (
  options: RequestOptions,
  answered: (message: IncomingMessage) => void,
) => ClientRequest;

export interface OneRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * One request on a connection of its own, and its whole answer, of at most as many bytes as a result has.
 * A connection to an address looks nothing up, so only names are connected to.
 */
export async function requestOnce(
  request: Request,
  network: Network,
  { url, method, headers, body, signal }: OneRequest,
): Promise<HttpAnswer> {
  if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) {
    throw new HttpError('HttpTargetRefused', `${url.host} is an address; requests go to names`);
  }
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options: RequestOptions = {
    hostname: url.hostname,
    port: url.port === '' ? 443 : Number(url.port),
    path: `${url.pathname}${url.search}`,
    method,
    headers: { ...headers, ...length, 'accept-encoding': 'identity' },
    lookup: checkedLookup(network),
    agent: false,
    signal,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (message) => {
      read(message).then(resolve, (error: unknown) => {
        message.destroy();
        reject(error);
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function read(message: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > LIMITS.resultBytes) {
      throw new HttpError('ResultTooLarge', `the answer has more than ${LIMITS.resultBytes} bytes`);
    }
    chunks.push(part);
  }
  const headers = Object.entries(message.headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
