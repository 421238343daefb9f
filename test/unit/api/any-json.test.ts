import './entry-environment.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTES, type RouteName } from '../../../functions/api/routes.ts';
import { ApiBench, SPEC } from './api-bench.ts';

const WITH_BODY = Object.keys(ROUTES)
  .filter((name): name is RouteName => Object.hasOwn(ROUTES, name))
  .filter((name) => ROUTES[name].method === 'POST' || ROUTES[name].method === 'PUT');

const NAMES = Object.keys(ROUTES).filter((name): name is RouteName => Object.hasOwn(ROUTES, name));

/** Commands to jobs that wait; the others are tried on one that runs. */
const FOR_WAITING = new Set<RouteName>(['confirm-job', 'reschedule-job', 'change-priority']);

/** JSON that is nearly right, so that it gets past the first checks. */
const nearlyRight = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(
    fc.constantFrom(
      'name',
      'project',
      'ops',
      'labels',
      'attempt',
      'try',
      'result',
      'error',
      'message',
      'comment',
      'reason',
      'force',
      'jobId',
      'from',
      'to',
      'cursor',
      'scope',
      'capacity',
      'paused',
      'maxRunning',
      'draining',
      'priority',
      'op',
      'at',
      'startWithin',
      '__proto__',
      'constructor',
      'toString',
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        'web',
        'a',
        'global',
        'PT1H',
        1,
        -1,
        true,
        null,
        '2026-01-01T00:00:00Z',
        '1960-01-01T00:00:00Z',
        SPEC.ops,
        { code: 'a', message: 'b' },
      ),
    ),
  ),
  fc.record({
    name: fc.constant('a'),
    project: fc.constant('web'),
    ops: fc.array(
      fc.record(
        {
          name: fc.oneof(fc.constantFrom('a', 'b'), fc.string()),
          action: fc.constantFrom('log', 'wait', 'fail', 'transcode', 'constructor'),
          input: fc.oneof(
            fc.jsonValue(),
            fc.constantFrom({ $from: 'ops.a.result.b' }, { message: { $from: 'ops.b.result' } }),
          ),
          timeout: fc.oneof(fc.constant('PT1S'), fc.string()),
        },
        { requiredKeys: ['name', 'action'] },
      ),
      { maxLength: 4 },
    ),
  }),
);

/** A caller of each kind: only how they are answered may differ. */
const callers = fc.constantFrom('admin' as const, 'operator' as const, 'worker' as const, 'other' as const);

describe('any JSON', () => {
  it.each(WITH_BODY)('sent to %s is taken or refused, and never an accident', async (route) => {
    await fc.assert(
      fc.asyncProperty(nearlyRight, callers, async (body, as) => {
        const bench = new ApiBench();
        const id = await bench.submit({ ...SPEC, hold: FOR_WAITING.has(route) });
        if (!FOR_WAITING.has(route)) await bench.perform(id, 0);
        const { status, text } = await bench.call(route, {
          as,
          id,
          index: 0,
          name: 'night',
          body: JSON.stringify(body),
        });
        expect(status, text).toBeLessThan(500);
      }),
      { numRuns: 60 },
    );
  });
});

describe('any text', () => {
  it('for a body is taken or refused, and never an accident', async () => {
    const bench = new ApiBench();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.boolean(), async (body, base64) => {
        const { status } = await bench.call('submit-job', { body, base64 });
        expect(status).toBeLessThan(500);
      }),
    );
  });

  it('for path and query is taken or refused, and never an accident', async () => {
    const bench = new ApiBench();
    const known = await bench.submit();
    const keys = fc.constantFrom(
      'project',
      'class',
      'status',
      'label',
      'since',
      'limit',
      'cursor',
      'view',
      'fields',
      'newerThan',
      'wait',
      'dryRun',
      'scope',
      'name',
    );
    const query = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.tuple(keys, fc.string())).map((pairs) => new URLSearchParams(pairs).toString()),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...NAMES),
        fc.oneof(fc.constant<string>(known), fc.string({ unit: 'binary' })),
        fc.oneof(fc.nat({ max: 2 }), fc.string()),
        query,
        async (route, id, index, rawQuery) => {
          const { status, text } = await bench.call(route, {
            as: 'admin',
            id,
            index,
            name: String(index),
            query: rawQuery,
          });
          expect(status, text).toBeLessThan(500);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('for a token is refused, and never an accident', async () => {
    const bench = new ApiBench();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.jsonValue(), async (text, payload) => {
        const forged = Buffer.from(JSON.stringify(payload)).toString('base64url');
        for (const authorization of [text, `Bearer ${text}`, `Bearer a.${forged}.c`]) {
          expect((await bench.call('list-jobs', { as: null, headers: { authorization } })).status).toBe(401);
        }
      }),
    );
  });
});
