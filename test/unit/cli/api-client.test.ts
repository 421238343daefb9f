import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ApiClient, type ApiRequest, type TokenSource } from '../../../cli/api/api-client.ts';
import { readAnswer } from '../../../cli/api/read-answer.ts';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { type FakeApi, fakeApi, type Reply, refusal } from './fake-api.ts';
import { ID, sampleJob } from './samples.ts';

const READ: ApiRequest = { route: 'get-job', path: { id: ID } };
const NOTE: ApiRequest = { route: 'add-note', path: { id: ID }, body: { comment: 'hello' } };
const SUBMIT: ApiRequest = { route: 'submit-job', body: {}, idempotencyKey: 'k' };

const BUSY: Reply = { ...refusal('Contended'), headers: { 'retry-after': '2' } };
const GATEWAY: Reply = { status: 503, body: { message: 'Service Unavailable' } };
const DONE: Reply = { status: 200, body: sampleJob() };

const TOKEN: TokenSource = { token: async () => 'first', renewed: async () => null };

/** An API that gives these answers, the last of them for ever, and a client that notes its pauses. */
async function bench(replies: readonly Reply[], tokens = TOKEN) {
  const api = await fakeApi((_request, before) => replies[Math.min(before, replies.length - 1)] ?? DONE);
  return { api, ...clientOf(api, tokens) };
}

function clientOf({ url: apiUrl }: Pick<FakeApi, 'url'>, tokens = TOKEN) {
  const pauses: number[] = [];
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  return { pauses, client: new ApiClient({ apiUrl, tokens, signal: new AbortController().signal, pause }) };
}

describe('a 503', () => {
  it('with Retry-After is asked again as late as it says, whatever the request', async () => {
    const { client, api, pauses } = await bench([BUSY, DONE]);
    await client.askUnread(NOTE);
    expect(api.received).toHaveLength(2);
    expect(pauses).toEqual([2_000]);
  });

  it('is asked four times at most', async () => {
    const { client, api } = await bench([BUSY]);
    await expect(client.askUnread(NOTE)).rejects.toMatchObject({
      exitCode: 5,
      problem: { code: 'Contended' },
    });
    expect(api.received).toHaveLength(4);
  });

  it('makes nobody wait longer than 20 seconds', async () => {
    const { client, pauses } = await bench([{ ...BUSY, headers: { 'retry-after': '3600' } }, DONE]);
    await client.askUnread(READ);
    expect(pauses).toEqual([20_000]);
  });

  it.each([
    { name: 'a read', request: READ, times: 2 },
    { name: 'what has an idempotency key', request: SUBMIT, times: 2 },
    { name: 'any other command', request: NOTE, times: 1 },
  ])('of a gateway is asked $times times by $name', async ({ request, times }) => {
    const { client, api } = await bench([GATEWAY, DONE]);
    await client.askUnread(request).catch(() => undefined);
    expect(api.received).toHaveLength(times);
  });
});

describe('a 429', () => {
  const problem = { 'content-type': 'application/problem+json' };

  it.each([
    {
      name: 'the throttle',
      reply: { status: 429, body: { message: 'Too Many Requests' } },
      times: 4,
      exitCode: 5,
    },
    {
      name: 'a quota that has more soon',
      reply: { ...refusal('QuotaExceeded'), headers: { ...problem, 'retry-after': '5' } },
      times: 4,
      exitCode: 1,
    },
    {
      name: 'a quota that has more late',
      reply: { ...refusal('QuotaExceeded'), headers: { ...problem, 'retry-after': '50' } },
      times: 1,
      exitCode: 1,
    },
    {
      name: 'a quota of what is there',
      reply: { ...refusal('QuotaExceeded'), headers: problem },
      times: 1,
      exitCode: 1,
    },
  ])('of $name is asked $times times and ends with $exitCode', async ({ reply, times, exitCode }) => {
    const { client, api } = await bench([reply]);
    await expect(client.askUnread(NOTE)).rejects.toMatchObject({ exitCode });
    expect(api.received).toHaveLength(times);
  });
});

describe('a connection that breaks', () => {
  it.each([
    { name: 'a read', request: READ, pauses: [500, 1_000, 2_000] },
    { name: 'a command that may have been done', request: NOTE, pauses: [] },
  ])('is tried again by $name with the pauses $pauses', async ({ request, pauses }) => {
    const bench = clientOf({ url: 'http://127.0.0.1:9' });
    await expect(bench.client.askUnread(request)).rejects.toMatchObject({ exitCode: 5 });
    expect(bench.pauses).toEqual(pauses);
  });
});

describe('a 401', () => {
  it('is asked once more with a renewed token', async () => {
    const tokens = { token: async () => 'first', renewed: async () => 'second' };
    const { client, api } = await bench([refusal('Unauthenticated'), DONE], tokens);
    await client.askUnread(READ);
    expect(api.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
  });

  it('stays one when the token cannot be renewed', async () => {
    const { client, api } = await bench([refusal('Unauthenticated')]);
    await expect(client.askUnread(READ)).rejects.toMatchObject({
      exitCode: 3,
      advice: 'Run jobplane login.',
    });
    expect(api.received).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('may say more than the contract, at any depth', () => {
    const body = { ...sampleJob(), more: 1, progress: { opsTotal: 3, opsRun: 1, eta: 'soon' } };
    expect(readAnswer(jobShapeSchema, body)).toEqual(sampleJob());
  });

  it('that is something else is told where', () => {
    expect(() => readAnswer(z.object({ count: z.int() }), { count: 'three' })).toThrow(
      /something else.* count /,
    );
  });
});

describe('a path', () => {
  it('takes any text for its braces', async () => {
    const { client, api } = await bench([DONE]);
    await client.askUnread({ route: 'get-session', path: { session: 'a/b?c' } });
    expect(api.received.map(({ path }) => path)).toEqual(['/sessions/a%2Fb%3Fc']);
  });
});
