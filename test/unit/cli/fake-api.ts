import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { problemOf } from '../../../core/contract/api/problem.ts';
import { ERRORS, type ErrorCode } from '../../../core/contract/error-codes.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An API on a free port: answers what a test says, and remembers what it was asked. */
export interface FakeApi {
  readonly url: string;
  readonly received: readonly Received[];
}

/** @param answer to each request, after the number of those before it */
export async function fakeApi(
  answer: (request: Received, before: number) => Reply | Promise<Reply>,
): Promise<FakeApi> {
  const received: Received[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = await text(request);
    const { method = '', headers } = request;
    const asked = { method, path: url.pathname, query: url.searchParams, headers, body: parsed(body) };
    received.push(asked);
    const reply = await answer(asked, received.length - 1);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
  };
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${portOf(server.address())}`, received };
}

/** A refusal as the API sends it. */
export function refusal(code: ErrorCode, detail = 'It was refused.'): Reply {
  return { status: ERRORS[code].status, body: problemOf({ code, detail }) };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the fake API has no port');
  return address.port;
}

function parsed(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return Object.fromEntries(new URLSearchParams(body));
  }
}
