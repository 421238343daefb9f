import { expect, inject, test } from 'vitest';
import { JobsApi } from './support/jobs-api.ts';
import { undoneBy, work } from './support/parts.ts';

const api = new JobsApi(inject('stack'));

test('a confirmed logout cancels what waits and what runs of its session, which says before what that is', async () => {
  const session = { sessionId: `operator-${Date.now()}` };
  const path = `/sessions/${session.sessionId}`;
  const waiting = await api.submit([work('later')], { ...session, hold: true });
  const running = await api.submit([work('first', undoneBy('undo first')), work('second')], session);
  const other = await api.submit([work('later')], { hold: true });
  await api.opIs(running, 0, 'running');
  const completed = { attempt: 1, try: 1, result: {} };
  await api.as('worker').call('POST', `/jobs/${running}/ops/0/complete`, completed);
  await api.opIs(running, 1, 'running');

  expect((await api.call('GET', path)).body).toMatchObject({
    ...session,
    live: 2,
    items: [{ id: waiting }, { id: running }],
  });
  // To an operator of another project the session has no jobs, and their logout cancels none.
  const nothing = { ...session, canceled: 0, canceling: 0, refused: 0, left: 0 };
  const stranger = api.as('other');
  expect((await stranger.call('GET', path)).body).toEqual({ ...session, live: 0, items: [] });
  expect((await stranger.call('DELETE', path)).body).toEqual(nothing);

  const closed = await api.call('DELETE', path);
  expect([closed.status, closed.body]).toEqual([200, { ...nothing, canceled: 1, canceling: 1 }]);
  expect(await api.job(waiting)).toMatchObject({ status: 'CANCELED_BEFORE_START' });
  expect(await api.settled(running)).toMatchObject({ status: 'CANCELED_WHILE_RUNNING', ...session });
  expect(await api.logs(running)).toContain('undo first');
  expect((await api.call('GET', path)).body).toMatchObject({ live: 0, items: [] });
  expect(await api.job(other)).toMatchObject({ status: 'CREATED' });
});
