import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRANTS, PERMISSIONS, type Permission } from '../../../core/access/permissions.ts';
import { batchSubmittedSchema } from '../../../core/contract/api/submit-batch.ts';
import { type GuardedRouteName, ROUTES } from '../../../functions/api/routes.ts';
import { ApiBench } from '../api/api-bench.ts';
import { ASKS_OF_EACH, BY_THE_JOB, benchWithJob, callOn, GUARDED_NAMES } from './good-calls.ts';

/**
 * What a caller must hold to get through, in the order in which it is asked for: what the table of routes
 * declares, and what the target of some asks for beside it.
 */
function neededOf(route: GuardedRouteName): readonly Permission[] {
  const { permission, also } = { also: undefined, ...ROUTES[route] };
  const own = also === undefined ? [permission] : [permission, also];
  // The bulk action of these tests is a cancel; nobody is an approver of their jobs.
  if (route === 'bulk') return [...own, 'job.cancel'];
  return BY_THE_JOB.includes(route) ? [...own, 'job.approve_all'] : own;
}

/** Nothing, and each permission alone. */
const ALONE: readonly (readonly Permission[])[] = [[], ...PERMISSIONS.map((permission) => [permission])];

/** All that a route needs, where that is more than one. */
const TOGETHER = GUARDED_NAMES.map(neededOf).filter(({ length }) => length > 1);

const roleOf = (held: readonly Permission[]) => `holds-${held.join('+')}`;

// Permissions come from roles alone, so the table of roles has one for each of these callers meanwhile.
beforeAll(() => {
  const lent = [...ALONE, ...TOGETHER].map((held) => [roleOf(held), { always: held, onOwnJobs: [] }]);
  Object.assign(GRANTS, Object.fromEntries(lent));
});

afterAll(() => {
  for (const held of [...ALONE, ...TOGETHER]) Reflect.deleteProperty(GRANTS, roleOf(held));
});

const wordsOf = (held: readonly Permission[]) => held.join(' and ') || 'nothing';

const HOLDERS = ALONE.map((held) => ({ held, words: wordsOf(held) }));

const CASES = GUARDED_NAMES.flatMap((route) => {
  const needed = neededOf(route);
  const callers = needed.length > 1 ? [...ALONE, needed] : ALONE;
  return callers.map((held) => ({ route, held, words: wordsOf(held) }));
});

/** Routes that get through whatever the caller holds: each job has an answer of its own. */
const ASKED = CASES.filter(({ route }) => !ASKS_OF_EACH.includes(route));

describe('every route and permission', () => {
  it('is asked for, but where it is said that there is none', () => {
    const open = Object.entries(ROUTES).filter(([, route]) => !('permission' in route));
    expect(open.map(([name]) => name)).toEqual(['get-open-api']);
    expect(GUARDED_NAMES.length + open.length).toBe(Object.keys(ROUTES).length);
  });

  it.each(ASKED)('$route answers who holds $words as it declares', async ({ route, held }) => {
    const { bench, id } = await benchWithJob(route);
    const call = callOn(route, id, [`web:${roleOf(held)}`]);
    const missing = neededOf(route).find((needed) => !held.includes(needed));
    if (missing === undefined) {
      expect((await bench.call(route, call)).status).toBeLessThan(300);
      return;
    }
    const problem = await bench.refusal(route, call);
    if (missing === 'job.approve_all') {
      expect(problem).toMatchObject({ status: 403, code: 'NotAnApprover' });
      return;
    }
    expect(problem).toMatchObject({
      status: 403,
      code: 'Forbidden',
      detail: `This needs the permission ${missing} in project web.`,
    });
  });

  it.each(CASES)('$route tells who holds $words elsewhere what an empty Jobplane tells', async (of) => {
    const { bench, id } = await benchWithJob(of.route);
    const foreign = callOn(of.route, id, [`media:${roleOf(of.held)}`, 'web:release-managers']);
    const stored = await bench.stored();
    expect(await bench.call(of.route, foreign)).toEqual(await new ApiBench().call(of.route, foreign));
    expect(await bench.stored()).toBe(stored);
  });
});

describe('a batch', () => {
  it.each(HOLDERS)('submits a job of who holds $words if that is job.create', async ({ held }) => {
    const { bench, id } = await benchWithJob('submit-batch');
    const called = await bench.call('submit-batch', callOn('submit-batch', id, [`web:${roleOf(held)}`]));
    const { items } = batchSubmittedSchema.parse(JSON.parse(called.text));
    expect(items).toMatchObject([
      held.includes('job.create')
        ? { status: 201 }
        : { status: 403, error: { detail: 'This needs the permission job.create in project web.' } },
    ]);
  });
});

describe("somebody else's session", () => {
  it.each(HOLDERS)('has jobs for who holds $words if that is job.operate', async ({ held }) => {
    const { bench, id } = await benchWithJob('get-session');
    const call = callOn('get-session', id, [`web:${roleOf(held)}`]);
    const isShown = held.includes('job.operate');
    expect(JSON.parse((await bench.call('get-session', call)).text)).toMatchObject({ live: isShown ? 1 : 0 });
    expect(JSON.parse((await bench.call('close-session', call)).text)).toMatchObject({
      canceled: isShown ? 1 : 0,
    });
  });
});

describe('the owner of a job', () => {
  const suffices = GUARDED_NAMES.filter((route) => 'ofOwner' in ROUTES[route]);

  it.each(suffices)('needs for %s only to see the project', async (route) => {
    const { bench, id } = await benchWithJob(route, 'submitter');
    const own = callOn(route, id, [`web:${roleOf(['job.view_monitor'])}`], 'submitter');
    const called = await bench.call(route, own);
    expect(called.status).toBe(200);
    expect(called.text).not.toMatch(/"(live|canceled)":0/);
  });
});
