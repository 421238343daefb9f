import { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, inject, test } from 'vitest';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { functionName, localAws } from './support/local-aws.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const worker = api.as('worker');

const op = { name: 'say', action: 'log', input: { message: 'x' } };
const job = { name: 'bad', project: 'web', ops: [op] };
const KB = 1024;

/** A specification that is wrong in one way, and the stable code of the refusal. */
const WRONG: readonly (readonly [string, unknown, number, string])[] = [
  ['an unknown key', { ...job, colour: 'red' }, 400, 'UnknownKey'],
  ['an unknown key of an op', { ...job, ops: [{ ...op, rolback: {} }] }, 400, 'UnknownKey'],
  ['a wrong type', { ...job, priority: 'high' }, 400, 'WrongType'],
  ['no op', { ...job, ops: [] }, 400, 'InvalidValue'],
  [
    '501 ops',
    { ...job, ops: Array.from({ length: 501 }, (_, i) => ({ ...op, name: `op${i}` })) },
    400,
    'TooManyOps',
  ],
  [
    'an oversized input',
    { ...job, ops: [{ ...op, input: { message: 'x'.repeat(64 * KB) } }] },
    413,
    'InputTooLarge',
  ],
  [
    'an oversized specification',
    {
      ...job,
      ops: [1, 2, 3, 4, 5].map((i) => ({ ...op, name: `op${i}`, input: { message: 'x'.repeat(60 * KB) } })),
    },
    413,
    'SpecTooLarge',
  ],
  ['a name with #', { ...job, name: 'a#b' }, 400, 'InvalidName'],
  ['a name with a control character', { ...job, name: 'a\u0007b' }, 400, 'InvalidName'],
  ['a name of 129 characters', { ...job, name: 'n'.repeat(129) }, 400, 'InvalidName'],
  ['an op name with a dot', { ...job, ops: [{ ...op, name: 'a.b' }] }, 400, 'InvalidName'],
  ['an unknown action', { ...job, ops: [{ ...op, action: 'teleport' }] }, 400, 'UnknownAction'],
  [
    'a reference to a later op',
    {
      ...job,
      ops: [
        { ...op, input: { message: { $from: 'ops.later.result.x' } } },
        { ...op, name: 'later' },
      ],
    },
    400,
    'ForwardReference',
  ],
  [
    'a reference to a missing op',
    { ...job, ops: [{ ...op, input: { message: { $from: 'ops.nowhere.result.x' } } }] },
    400,
    'UnknownReference',
  ],
  ['a body that is not JSON', '{"name": ', 400, 'InvalidJson'],
];

describe('a submission with', () => {
  test.each(WRONG)('%s is refused with its own code', async (_what, body, status, code) => {
    const answer = await api.call('POST', '/jobs', body);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('an unknown action is told the known ones', async () => {
    const answer = await api.call('POST', '/jobs', { ...job, ops: [{ ...op, action: 'teleport' }] });
    for (const known of ['fail', 'log', 'manual-work', 'site-build', 'wait']) {
      expect(JSON.stringify(answer.body)).toContain(known);
    }
  });

  test('a used Idempotency-Key answers the same job, and refuses another body', async () => {
    const headers = { 'idempotency-key': `key-${Date.now()}` };
    const first = await api.call('POST', '/jobs', job, headers);
    const again = await api.call('POST', '/jobs', job, headers);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    const other = await api.call('POST', '/jobs', { ...job, name: 'other' }, headers);
    expect([other.status, codeOf(other)]).toEqual([422, 'IdempotencyKeyReused']);
  });

  test('dryRun stores nothing', async () => {
    const run = `dry-${Date.now()}`;
    const labelled = { ...job, labels: { run } };
    expect((await api.call('POST', '/jobs?dryRun=true', labelled)).status).toBe(200);
    expect(await api.jobs(`label=run:${run}`)).toEqual([]);
    // A list reads one class of statuses after the other: one that moves at that moment may be missed.
    await api.settled(await api.submit([op], { labels: { run } }));
    expect(await api.jobs(`label=run:${run}`)).toHaveLength(1);
  });
});

describe('a completion', () => {
  const work = { name: 'work', action: 'manual-work', retry: { maxAttempts: 2, interval: 'PT1S' } };
  const complete = (id: string, body: unknown) => worker.call('POST', `/jobs/${id}/ops/0/complete`, body);

  test('that is oversized, repeated, or for an earlier try is refused, and loses nothing', async () => {
    const id = await api.submit([work]);
    await api.opIs(id, 0, 'running');
    const large = await complete(id, { attempt: 1, try: 1, result: { text: 'x'.repeat(64 * KB) } });
    expect([large.status, codeOf(large)]).toEqual([413, 'ResultTooLarge']);
    const early = await complete(id, { attempt: 1, try: 2 });
    expect([early.status, codeOf(early)]).toEqual([409, 'OpNotStarted']);

    const error = { code: 'Flaky', message: 'once' };
    await worker.call('POST', `/jobs/${id}/ops/0/fail`, { attempt: 1, try: 1, error });
    await expect
      .poll(async () => (await api.ops(id))[0], { timeout: 15_000 })
      .toMatchObject({ try: 2, status: 'running' });
    const superseded = await complete(id, { attempt: 1, try: 1 });
    expect([superseded.status, codeOf(superseded)]).toEqual([409, 'TrySuperseded']);
    expect((await complete(id, { attempt: 1, try: 2, result: { n: 1 } })).status).toBe(204);
    const repeated = await complete(id, { attempt: 1, try: 2, result: { n: 2 } });
    expect([repeated.status, codeOf(repeated)]).toEqual([409, 'CompletionRepeated']);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect((await api.ops(id))[0]).toMatchObject({ result: { n: 1 } });
  });

  test('with a wrong nonce changes nothing', async () => {
    const id = await api.submit([work]);
    await api.opIs(id, 0, 'running');
    const record = {
      requestContext: { requestId: 'r', functionArn: 'f', condition: 'Success' },
      requestPayload: { jobId: id, attempt: 1, op: { index: 0 }, try: 1, nonce: 'guessed' },
      responsePayload: { forged: true },
    };
    await localAws(stack).lambda.send(
      new InvokeCommand({
        FunctionName: await functionName(stack, 'lambda-result'),
        Payload: JSON.stringify(record),
      }),
    );
    expect((await api.ops(id))[0]).toMatchObject({ status: 'running' });
    expect((await api.journal(id)).at(-1)).toMatchObject({ kind: 'late' });
    await complete(id, { attempt: 1, try: 1 });
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
  });
});

describe('a stranger', () => {
  test("meets another project's job as one that does not exist, word for word", async () => {
    const id = await api.submit([op]);
    const other = api.as('other');
    const unknown = `7${id.slice(1)}`;
    for (const path of ['', '/log', '/ops']) {
      const foreign = await other.call('GET', `/jobs/${id}${path}`);
      const missing = await other.call('GET', `/jobs/${unknown}${path}`);
      expect(foreign.status).toBe(404);
      expect(JSON.stringify(foreign.body).replaceAll(id, unknown)).toBe(JSON.stringify(missing.body));
    }
    expect(codeOf(await other.call('POST', `/jobs/${id}/cancel`, {}))).toBe('JobNotFound');
    expect(codeOf(await other.call('POST', '/jobs', job))).toBe('Forbidden');
  });

  test('without a token, or with a broken one, is refused at the door', async () => {
    for (const authorization of [undefined, 'Bearer nonsense']) {
      const response = await fetch(`${stack.apiUrl}/jobs?project=web`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(response.status).toBe(401);
    }
  });
});
