import { describe, expect, it } from 'vitest';
import { outcomeOfAnswer } from '../../../core/contract/http-outcome.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 30);

function outcome(status: number, headers: Record<string, string> = {}, body = '') {
  return outcomeOfAnswer('GET https://api.example.com/a', { status, headers, body }, NOW);
}

describe('what a target answered', () => {
  it('is the result, with its JSON read and without headers that are nobody’s business', () => {
    const headers = { 'content-type': 'application/json; charset=utf-8', etag: '"1"', 'set-cookie': 'a=b' };
    expect(outcome(200, headers, '{"pages":3}')).toEqual({
      kind: 'succeeded',
      result: {
        status: 200,
        headers: { 'content-type': 'application/json; charset=utf-8', etag: '"1"' },
        body: { pages: 3 },
      },
    });
  });

  it.each([
    ['text/plain', '{"pages":3}', '{"pages":3}'],
    ['application/json', '{broken', '{broken'],
    ['application/problem+json', '{"a":1}', { a: 1 }],
  ])('of type %s is read as that', (type, body, expected) => {
    expect(outcome(201, { 'content-type': type }, body)).toMatchObject({ result: { body: expected } });
  });

  it.each([408, 425, 429, 502, 503, 504])('with %i is to be tried again', (status) => {
    expect(outcome(status)).toMatchObject({ kind: 'failed', error: { code: 'Unreachable' } });
    expect(outcome(status, { 'retry-after': '900' })).toMatchObject({ error: { code: 'Unreachable' } });
  });

  it.each([
    ['3600', 'PT3600S'],
    [new Date(NOW + 3_600_000).toUTCString(), 'PT3600S'],
  ])('with 503 and a Retry-After beyond all tries, %s, is busy', (text, retryAfter) => {
    expect(outcome(503, { 'retry-after': text })).toMatchObject({
      error: { code: 'Busy', detail: { retryAfter } },
    });
  });

  it.each([301, 400, 404, 409, 500])('with %i has a code of its own', (status) => {
    expect(outcome(status, {}, 'why')).toEqual({
      kind: 'failed',
      error: {
        code: `Http${status}`,
        message: `GET https://api.example.com/a was answered with ${status}: why`,
      },
    });
  });
});
