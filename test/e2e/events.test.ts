import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type BusListener, listenToBus } from './support/bus-listener.ts';
import { JobsApi } from './support/jobs-api.ts';
import { eventsDue, eventsSeen } from './support/journal-on-bus.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const worker = api.as('worker');

let bus: BusListener;

beforeAll(async () => {
  bus = await listenToBus(stack, 'events-test');
});
afterAll(() => bus.stop());

describe('the journal on the bus', () => {
  test('has every status and op entry of a job that fails and is undone', async () => {
    const id = await api.submit([
      {
        name: 'one',
        action: 'log',
        input: { message: 'x' },
        rollback: { action: 'log', input: { message: 'undo' } },
      },
      { name: 'work', action: 'manual-work', input: { page: 'index' } },
    ]);
    await api.opIs(id, 1, 'running');
    await worker.call('POST', `/jobs/${id}/ops/1/fail`, {
      attempt: 1,
      try: 1,
      error: { code: 'Broken', message: 'on purpose' },
    });
    await api.settled(id);
    const due = await eventsDue(api, id);
    expect(await eventsSeen(bus, id, due.length)).toEqual(due);

    const events = await bus.eventsOf(id);
    const ready = events.find((event) => event['detail-type'] === 'Op Ready');
    expect(ready?.detail).toMatchObject({
      project: 'web',
      attempt: 1,
      op: { index: 1, name: 'work', action: 'manual-work', try: 1 },
      input: { page: 'index' },
    });
    const text = JSON.stringify(events);
    for (const secret of ['token', 'nonce', 'arn:aws:states']) expect(text).not.toContain(secret);
  });
});
