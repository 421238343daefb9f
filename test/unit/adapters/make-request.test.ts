import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { type HttpCall, httpCallSchema } from '../../../core/contract/http-call.ts';
import type { Network } from '../../../functions/adapters/http/checked-lookup.ts';
import { type HttpRules, makeRequest } from '../../../functions/adapters/http/make-request.ts';
import { isPublicAddress } from '../../../functions/adapters/http/public-address.ts';

const LOOPBACK = [{ address: '127.0.0.1', family: 4 }];

let server: Server;
let port: number;
let seen: IncomingMessage[] = [];
let answers: (message: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((message, response) => {
    seen.push(message);
    answers(message, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  port = addressOf(server).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
  answers = (_message, response) => response.end('hello');
});

function addressOf(listening: Server): AddressInfo {
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens at no port');
  return address;
}

/** Two hosts that are both this server, as far as the network of a test says. */
const hosts = () => [`api.example.com:${port}`, `other.example.com:${port}`];

async function ask(
  call: z.input<typeof httpCallSchema>,
  network: Partial<Network> = {},
  rules: Partial<HttpRules> = {},
) {
  const outside = {
    request,
    network: { resolve: async () => LOOPBACK, isAllowed: () => true, ...network },
    now: () => 0,
  };
  const limits = { hosts: hosts(), methods: ['GET', 'POST'] as const };
  const parsed: HttpCall = httpCallSchema.parse(call);
  return makeRequest(outside, { limits, timeoutSeconds: 5, ...rules }, parsed, 'JOB-1-0-1');
}

const url = (path = '/', host = 'api.example.com') => `https://${host}:${port}${path}`;

describe('a request', () => {
  it('is sent as the op says, with a key that names the try', async () => {
    let body = '';
    answers = (message, response) => {
      message.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      message.on('end', () =>
        response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":7}'),
      );
    };
    const call = {
      url: url('/jobs?dry=1'),
      method: 'POST',
      headers: { 'X-Tag': 'a' },
      body: { name: 'ö' },
    } as const;
    expect(await ask(call)).toMatchObject({ kind: 'succeeded', result: { status: 201, body: { id: 7 } } });
    expect(body).toBe('{"name":"ö"}');
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/jobs?dry=1',
      headers: {
        host: `api.example.com:${port}`,
        'x-tag': 'a',
        'content-type': 'application/json',
        'idempotency-key': 'JOB-1-0-1',
      },
    });
  });

  it('is given the secret of its action', async () => {
    const secretHeader = { name: 'authorization', value: 'Bearer s3cret' };
    await ask({ url: url(), headers: { Authorization: 'mine' } }, {}, { secretHeader });
    expect(seen[0]?.headers.authorization).toBe('Bearer s3cret');
  });

  it('is not made where the list does not have its host, method or scheme', async () => {
    for (const call of [
      { url: `https://evil.example.com:${port}/` },
      { url: `http://api.example.com:${port}/` },
      { url: `https://127.0.0.1:${port}/` },
      { url: url(), method: 'DELETE' as const },
    ]) {
      expect(await ask(call)).toMatchObject({ error: { code: 'HttpTargetRefused' } });
    }
    expect(seen).toEqual([]);
  });

  it('that finds nobody is unreachable', async () => {
    const free = createServer();
    await new Promise<void>((listening) => free.listen(0, '127.0.0.1', listening));
    const { port: closed } = addressOf(free);
    await new Promise((done) => free.close(done));
    const limits = { hosts: [`api.example.com:${closed}`], methods: ['GET'] as const };
    expect(await ask({ url: `https://api.example.com:${closed}/` }, {}, { limits })).toMatchObject({
      error: { code: 'Unreachable' },
    });
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    };
    expect(await ask({ url: url() }, { resolve })).toMatchObject({ error: { code: 'Unreachable' } });
    expect(await ask({ url: url() }, { resolve: async () => [] })).toMatchObject({
      error: { code: 'Unreachable' },
    });
  });

  it('that is not answered in time says so', async () => {
    answers = () => {};
    expect(await ask({ url: url() }, {}, { timeoutSeconds: 0.2 })).toMatchObject({
      error: { code: 'HttpTimeout' },
    });
  });

  it('whose answer trickles in is ended by the same time', async () => {
    answers = (_message, response) => {
      const trickle = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(trickle));
    };
    expect(await ask({ url: url() }, {}, { timeoutSeconds: 0.3 })).toMatchObject({
      error: { code: 'HttpTimeout' },
    });
  });

  it('whose answer is larger than a result is not read to its end', async () => {
    answers = (_message, response) => response.end('x'.repeat(64 * 1024 + 1));
    expect(await ask({ url: url() })).toMatchObject({ error: { code: 'ResultTooLarge' } });
  });
});

describe('an address that is not public', () => {
  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', 'fd00:ec2::254', '::ffff:127.0.0.1'])(
    'is not connected to: %s',
    async (address) => {
      const resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }];
      expect(await ask({ url: url() }, { resolve, isAllowed: isPublicAddress })).toMatchObject({
        error: { code: 'HttpTargetRefused' },
      });
      expect(seen).toEqual([]);
    },
  );

  it('among public ones has the name refused altogether', async () => {
    const resolve = async () => [{ address: '93.184.216.34', family: 4 }, ...LOOPBACK];
    expect(await ask({ url: url() }, { resolve, isAllowed: isPublicAddress })).toMatchObject({
      error: { code: 'HttpTargetRefused' },
    });
  });

  it('comes too late behind one that was checked: the name is resolved once a connection', async () => {
    let resolved = 0;
    const resolve = async () => {
      resolved += 1;
      return resolved === 1 ? LOOPBACK : [{ address: '10.0.0.1', family: 4 }];
    };
    const isAllowed = (address: string) => address === '127.0.0.1';
    expect(await ask({ url: url() }, { resolve, isAllowed })).toMatchObject({ kind: 'succeeded' });
    expect(resolved).toBe(1);
  });
});

describe('a redirect', () => {
  const to = (location: string, status = 302) => {
    answers = ({ url: path }, response) => {
      if (path === '/') response.writeHead(status, { location }).end();
      else response.end('there');
    };
  };

  it.each([301, 302, 303, 307, 308])('with %i to a host of the list is followed', async (status) => {
    to('/next', status);
    expect(await ask({ url: url() })).toMatchObject({ kind: 'succeeded', result: { body: 'there' } });
  });

  it('takes no credentials to another host', async () => {
    to(url('/next', 'other.example.com'));
    const secretHeader = { name: 'x-api-key', value: 's3cret' };
    await ask(
      { url: url(), headers: { Authorization: 'a', Cookie: 'b', 'X-Tag': 'c' } },
      {},
      { secretHeader },
    );
    expect(seen.map(({ headers }) => headers['x-api-key'])).toEqual(['s3cret', undefined]);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['a', undefined]);
    expect(seen.map(({ headers }) => headers.cookie)).toEqual(['b', undefined]);
    expect(seen.map(({ headers }) => headers['x-tag'])).toEqual(['c', 'c']);
  });

  it.each([
    ['another host', 'https://evil.example.com/'],
    ['an address', 'https://169.254.169.254/latest/meta-data/'],
    ['an address in one number', 'https://2852039166/'],
    ['an address over IPv6', 'https://[::ffff:7f00:1]/'],
    ['no encryption', 'http://api.example.com/'],
    ['a user', 'https://ada@api.example.com/'],
    ['a file', 'file:///etc/passwd'],
    ['a host whose name begins like one', '//api.example.com.evil.example.com/'],
  ])('to %s is refused', async (_what, location) => {
    to(location);
    expect(await ask({ url: url() })).toMatchObject({ error: { code: 'HttpTargetRefused' } });
    expect(seen).toHaveLength(1);
  });

  it('to a host of the list whose address is not public is refused', async () => {
    to(url('/next', 'other.example.com'));
    const resolve = async (host: string) =>
      host === 'api.example.com' ? LOOPBACK : [{ address: '10.0.0.1', family: 4 }];
    const isAllowed = (address: string) => address === '127.0.0.1';
    expect(await ask({ url: url() }, { resolve, isAllowed })).toMatchObject({
      error: { code: 'HttpTargetRefused' },
    });
    expect(seen).toHaveLength(1);
  });

  it('that comes back for ever is ended', async () => {
    to('/');
    expect(await ask({ url: url() })).toMatchObject({ error: { code: 'HttpRedirected' } });
    expect(seen).toHaveLength(4);
  });

  it('of what changes something is not followed', async () => {
    to('/next', 307);
    expect(await ask({ url: url(), method: 'POST' })).toMatchObject({ error: { code: 'HttpRedirected' } });
  });
});
