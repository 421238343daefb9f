import { setTimeout as delay } from 'node:timers/promises';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { TrapAnswer } from '../../core/job/job.ts';
import type { Status } from '../../core/job/status.ts';
import { eventually } from './support/eventually.ts';
import { handsOf } from './support/hands.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { whyOf } from './support/lines-api.ts';
import { localAws } from './support/local-aws.ts';
import { broken, type Part, say, undoneBy, work } from './support/parts.ts';
import { sweepMeanwhile } from './support/sweep.ts';
import { transitionsOf } from './support/transitions-of.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const { complete, fail } = handsOf(api.as('worker'));

const trapping = (trap: Part = {}) => ({ onError: 'trap', trap });

function answer(id: string, word: TrapAnswer, comment?: string): Promise<void> {
  return api.command(id, 'trap', { answer: word, ...(comment === undefined ? {} : { comment }) });
}

const secondsBetween = (from: string | undefined, to: string | undefined) =>
  (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1_000;

let stopSweeping: () => Promise<void>;

// What time alone does to a held job is the sweeper's, which comes each minute by itself.
beforeAll(() => {
  stopSweeping = sweepMeanwhile(stack);
});
afterAll(() => stopSweeping());

describe.concurrent('a failure', () => {
  test('that a rollback fails to undo says so, and the other rollbacks and POST run', async () => {
    const id = await api.submit([
      say('first', undoneBy('undo first')),
      say('second', { rollback: { action: 'fail', input: { code: 'Stuck' } } }),
      broken('third'),
      say('report', { step: 'POST' }),
    ]);
    const job = await api.settled(id);
    expect(job).toMatchObject({ status: 'FAILED', rollback: { outcome: 'failed' } });
    expect(job.error?.message).toContain('manual intervention is required');
    expect(await api.logs(id)).toEqual(['first', 'second', 'undo first', 'report']);
  });

  test('undoes what was cut off, where the rollback says so', async () => {
    const id = await api.submit([broken('half', undoneBy('undo half', { when: 'started' }))]);
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', rollback: { outcome: 'ok' } });
    expect(await api.logs(id)).toEqual(['undo half']);
  });

  test.each<[what: string, ops: Part[], expected: Part, logs: string[]]>([
    [
      'in POST undoes nothing of RUN',
      [say('one', undoneBy('never')), broken('report', { step: 'POST' }), say('last', { step: 'POST' })],
      { status: 'COMPLETED_WITH_ERROR', rollback: { outcome: 'needed' } },
      ['one', 'last'],
    ],
    [
      'that may happen lets the job go on',
      [broken('one', { onError: 'continue' }), say('two')],
      { status: 'COMPLETED_WITH_WARNINGS' },
      ['two'],
    ],
    [
      'that finishes the job undoes nothing, and POST runs',
      [say('one', undoneBy('never')), broken('two', { onError: 'finish' }), say('last', { step: 'POST' })],
      {
        status: 'COMPLETED_WITH_ERROR',
        error: { code: 'Broken' },
        retryable: true,
        rollback: { outcome: 'needed' },
      },
      ['one', 'last'],
    ],
    [
      'of a precondition undoes nothing, and is not worth another go',
      [
        say('one', undoneBy('never')),
        { ...broken('two', trapping()), input: { code: 'PreconditionFailed' } },
        say('last', { step: 'POST' }),
      ],
      { status: 'COMPLETED_WITH_ERROR', retryable: false, rollback: { outcome: 'needed' } },
      ['one', 'last'],
    ],
  ])('%s', async (_what, ops, expected, logs) => {
    const id = await api.submit(ops);
    expect(await api.settled(id)).toMatchObject(expected);
    expect(await api.logs(id)).toEqual(logs);
  });

  test('that is Fatal is not tried again', async () => {
    const retry = { maxAttempts: 5, interval: 'PT1S' };
    const id = await api.submit([{ ...broken('no', { retry }), input: { code: 'Fatal' } }]);
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', retryable: false });
    expect((await api.ops(id))[0]).toMatchObject({ try: 1 });
  });

  test.each([
    ['five minutes', undefined, 300],
    ['what it said', { retryAfter: 'PT30M' }, 1_800],
  ])('of a busy target is undone, and worth another go after %s', async (_what, detail, seconds) => {
    const id = await api.submit([say('one', undoneBy('undo one')), work('two')]);
    await fail(id, 1, 'Busy', detail);
    const job = await api.settled(id);
    expect(job).toMatchObject({ status: 'FAILED_RETRYABLE', retryable: true, rollback: { outcome: 'ok' } });
    const ops = await api.ops(id);
    expect(secondsBetween(ops[1]?.endedAt, job.retryAfter)).toBeGreaterThanOrEqual(seconds - 1);
    expect(secondsBetween(ops[1]?.endedAt, job.retryAfter)).toBeLessThan(seconds + 10);
    const { body } = await api.call('GET', `/jobs/${id}?view=hmc`);
    expect(body).toMatchObject({ views: { hmc: { status: 'FAILED_BEFORE_COMPLETION_RETRY', retry: true } } });
  });

  test('to reach the target is no failure as long as there is time', async () => {
    const id = await api.submit([work('far')]);
    await fail(id, 0, 'Unreachable');
    expect(await api.opIs(id, 0, 'waiting')).toMatchObject({ try: 1, error: { code: 'Unreachable' } });
    await complete(id, 0);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect((await api.ops(id))[0]).toMatchObject({ try: 2 });
  });

  test('to reach it ends by the timeout of the op', async () => {
    const id = await api.submit([work('far', { timeout: 'PT4S' })]);
    await fail(id, 0, 'Unreachable');
    expect(await api.settled(id)).toMatchObject({ status: 'TIMED_OUT', error: { code: 'Timeout' } });
  });

  test('to answer in time ends the try, and the late answer changes nothing', async () => {
    const id = await api.submit([work('slow', { timeout: 'PT2S' })]);
    expect(await api.settled(id)).toMatchObject({ status: 'TIMED_OUT', error: { code: 'Timeout' } });
    const late = await api.as('worker').call('POST', `/jobs/${id}/ops/0/complete`, { attempt: 1, try: 1 });
    expect([late.status, codeOf(late)]).toEqual([409, 'CompletionLate']);
    expect((await api.journal(id)).at(-1)).toMatchObject({ kind: 'late' });
    expect((await api.job(id)).status).toBe('TIMED_OUT');
  });
});

test.concurrent('warnings of a result are counted, and the job is still well', async () => {
  const id = await api.submit([work('clean')]);
  await complete(id, 0, { warnings: ['one file was left', 'and another'] });
  expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK', warnings: 2 });
});

describe.concurrent('a trap', () => {
  test('keeps what the job holds until it is answered, and says so', async () => {
    const locks = [{ name: 'trapped' }];
    const id = await api.submit([say('one'), broken('two', trapping())], { locks });
    await api.statusIs(id, 'TRAPPED');
    const waiter = await api.submit([say('next')], { locks });
    expect(await api.job(waiter)).toMatchObject({ status: 'WAITING_LOCK' });
    expect(await whyOf(api, id)).toMatchObject({ standsAt: 'trap', holds: [{ name: 'trapped' }] });
    await answer(id, 'abort');
    expect((await api.settled(waiter)).status).toBe('COMPLETED_OK');
    expect((await api.job(id)).status).toBe('FAILED');
  });

  test('comes once the retries are used up, and by retry has one more try', async () => {
    const id = await api.submit([work('flaky', trapping())]);
    await fail(id, 0, 'DiskFull');
    await api.statusIs(id, 'TRAPPED');
    await answer(id, 'retry', 'disk was cleaned');
    await fail(id, 0, 'DiskFull');
    expect(await api.statusIs(id, 'TRAPPED')).toMatchObject({ lastTrap: { answer: 'retry' } });
    await answer(id, 'retry');
    await complete(id, 0);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect((await api.ops(id))[0]).toMatchObject({ status: 'success', try: 3 });
  });

  test('by skip lets the job go on as if the op had succeeded, and undoes it never', async () => {
    const id = await api.submit([broken('one', { ...trapping(), ...undoneBy('never') }), work('two')]);
    await api.statusIs(id, 'TRAPPED');
    await answer(id, 'skip', 'done by hand');
    expect((await api.ops(id))[0]).toMatchObject({ status: 'success', skipped: true });
    await fail(id, 1, 'Broken');
    expect(await api.settled(id)).toMatchObject({
      status: 'FAILED',
      warnings: 1,
      rollback: { outcome: 'none' },
      lastTrap: { op: 0, answer: 'skip', comment: 'done by hand' },
    });
    expect(await api.logs(id)).toEqual([]);
  });

  test('by abort fails the op: what was done is undone, and POST runs', async () => {
    const id = await api.submit([
      say('one', undoneBy('undo one')),
      broken('two', trapping()),
      say('report', { step: 'POST' }),
    ]);
    await api.statusIs(id, 'TRAPPED');
    await answer(id, 'abort');
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', error: { code: 'Broken', op: 1 } });
    expect(await api.logs(id)).toEqual(['one', 'undo one', 'report']);
  });

  test('of POST goes on to the end by abort, and undoes nothing', async () => {
    const id = await api.submit([
      say('one', undoneBy('never')),
      broken('report', { step: 'POST', ...trapping() }),
      say('last', { step: 'POST' }),
    ]);
    await api.statusIs(id, 'TRAPPED');
    await answer(id, 'abort');
    expect((await api.settled(id)).status).toBe('COMPLETED_WITH_ERROR');
    expect(await api.logs(id)).toEqual(['one', 'last']);
  });

  test.each<[TrapAnswer, outcome: string, logs: string[]]>([
    ['skip', 'needed', ['first', 'undo first']],
    ['abort', 'failed', ['first', 'undo first']],
    ['retry', 'ok', ['first', 'undo first']],
  ])('of a rollback leads by %s back to the rollback, which ends as %s', async (word, outcome, logs) => {
    const id = await api.submit([
      say('first', undoneBy('undo first')),
      { ...work('second'), rollback: { action: 'manual-work', ...trapping() } },
      broken('third'),
    ]);
    await complete(id, 1);
    await fail(id, 4, 'Stuck');
    expect(await api.statusIs(id, 'TRAPPED')).toMatchObject({ trap: { op: 4 } });
    await answer(id, word);
    if (word === 'retry') await complete(id, 4);
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', rollback: { outcome } });
    expect(await api.logs(id)).toEqual(logs);
  });

  test.each<[TrapAnswer & ('abort' | 'skip'), Part]>([
    ['abort', { status: 'FAILED', error: { code: 'Broken' } }],
    ['skip', { status: 'COMPLETED_OK', warnings: 1 }],
  ])('that nobody answers in time is answered %s', async (onTimeout, expected) => {
    const id = await api.submit([broken('one', trapping({ timeout: 'PT1S', onTimeout }))]);
    expect(await api.settled(id)).toMatchObject({
      ...expected,
      lastTrap: { answer: onTimeout, actor: 'jobplane', comment: 'nobody answered in time' },
    });
  });

  test('that nobody answers tries again as often as it may, and is aborted then', async () => {
    const trap = { timeout: 'PT1S', onTimeout: 'retry', maxRetries: 2 };
    const id = await api.submit([broken('one', trapping(trap))]);
    expect(await api.settled(id)).toMatchObject({
      status: 'FAILED',
      lastTrap: { answer: 'abort', comment: 'nobody answered, 2 times' },
    });
    expect((await api.ops(id))[0]).toMatchObject({ try: 3 });
  });

  test('that is paused waits for longer than its timeout, and goes on with what was left', async () => {
    const id = await api.submit([broken('one', trapping({ timeout: 'PT6S' }))]);
    await api.statusIs(id, 'TRAPPED');
    await answer(id, 'pause', 'looking');
    const paused = await api.job(id);
    expect(paused.status).toBe('TRAP_PAUSED');
    await delay(8_000);
    expect((await api.job(id)).trap).toEqual(paused.trap);
    await answer(id, 'resume');
    const { trap } = await api.job(id);
    expect(Date.parse(trap?.until ?? '')).toBeGreaterThan(Date.now());
    expect(await api.settled(id)).toMatchObject({ status: 'FAILED', lastTrap: { answer: 'abort' } });
  });

  test('that is none takes no answer, and the journal has it', async () => {
    const id = await api.submit([work('one')]);
    await api.opIs(id, 0, 'running');
    expect(await api.refusal(id, 'trap', { answer: 'skip', comment: 'too fast' })).toBe('CommandRefused');
    expect((await api.journal(id)).at(-1)).toMatchObject({
      kind: 'note',
      message: expect.stringContaining('too fast'),
    });
    await complete(id, 0);
    expect(await api.settled(id)).not.toHaveProperty('lastTrap');
  });
});

/** A job that is paused while its first op runs, and stands before its second. */
async function pausedJob(rest: Part = {}, last: Part = say('last')): Promise<string> {
  const id = await api.submit([work('first', undoneBy('undo first')), last], rest);
  await api.opIs(id, 0, 'running');
  await api.command(id, 'pause', { comment: 'the target is being moved' });
  expect(await api.job(id)).toMatchObject({ status: 'RUNNING', pauseRequested: true });
  await complete(id, 0);
  await api.statusIs(id, 'PAUSED');
  return id;
}

describe.concurrent('a pause', () => {
  test('lets the op end that runs, holds the job before the next, and is resumed', async () => {
    const id = await pausedJob({ locks: [{ name: 'paused' }] });
    expect(await whyOf(api, id)).toMatchObject({ standsAt: 'pause', holds: [{ name: 'paused' }] });
    expect((await api.ops(id)).map(({ status }) => status)).toEqual(['success', 'queued']);
    await api.command(id, 'resume');
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect(await api.logs(id)).toEqual(['last']);
  });

  test('that is taken back in time never comes', async () => {
    const id = await api.submit([work('first'), say('last')]);
    await api.opIs(id, 0, 'running');
    await api.command(id, 'pause');
    await api.command(id, 'resume');
    await complete(id, 0);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
    expect((await api.journal(id)).some(({ to }) => to === 'PAUSED')).toBe(false);
  });

  test('that nobody ends fails the job, which is undone, and POST runs', async () => {
    const id = await pausedJob({ pause: { window: 'PT1S' } }, work('never'));
    expect(await api.settled(id)).toMatchObject({
      status: 'FAILED',
      error: { code: 'PauseExpired' },
      rollback: { outcome: 'ok' },
    });
    expect(await api.logs(id)).toEqual(['undo first']);
  });

  test('that nobody ends before POST undoes nothing', async () => {
    const id = await pausedJob({ pause: { window: 'PT1S' } }, say('report', { step: 'POST' }));
    expect(await api.settled(id)).toMatchObject({
      status: 'COMPLETED_WITH_ERROR',
      error: { code: 'PauseExpired' },
    });
    expect(await api.logs(id)).toEqual(['report']);
  });

  test('uses up no clock of the op that it stands before', async () => {
    const id = await pausedJob({}, work('quick', { timeout: 'PT3S' }));
    await delay(5_000);
    await api.command(id, 'resume');
    await complete(id, 1);
    expect((await api.settled(id)).status).toBe('COMPLETED_OK');
  });
});

/** Jobs with a lock and something to undo, in each status that an end can come in. */
const HELD: readonly [Status, make: (rest: Part) => Promise<string>][] = [
  [
    'RUNNING',
    async (rest) => {
      const id = await api.submit([say('done', undoneBy('undo')), work('hanging')], rest);
      await api.opIs(id, 1, 'running');
      return id;
    },
  ],
  ['PAUSED', (rest) => pausedJob(rest)],
  [
    'TRAPPED',
    async (rest) => {
      const id = await api.submit([say('done', undoneBy('undo')), broken('no', trapping())], rest);
      await api.statusIs(id, 'TRAPPED');
      return id;
    },
  ],
  [
    'ROLLING_BACK',
    async (rest) => {
      const id = await api.submit(
        [say('done', { rollback: { action: 'manual-work' } }), broken('no'), say('never', { step: 'POST' })],
        rest,
      );
      await api.opIs(id, 3, 'running');
      return id;
    },
  ],
];

describe.concurrent('a job that is ended', () => {
  test.each(HELD)(
    'by force while it is %s is over at once, and the next has its lock',
    async (status, make) => {
      const locks = [{ name: `force-${status}` }];
      const id = await make({ locks });
      const waiter = await api.submit([say('next')], { locks });
      expect(await api.job(waiter)).toMatchObject({ status: 'WAITING_LOCK' });
      await api.command(id, 'cancel', { force: true });
      const ended =
        status === 'ROLLING_BACK'
          ? { status: 'FAILED', rollback: { outcome: 'failed' }, error: { code: 'Broken' } }
          : { status: 'CANCELED_WHILE_RUNNING', rollback: { outcome: 'needed' } };
      expect(await api.job(id)).toMatchObject(ended);
      expect((await api.settled(waiter)).status).toBe('COMPLETED_OK');
      const executionArn = `${stack.stateMachines.job.replace(':stateMachine:', ':execution:')}:${id}-1-RUN-1`;
      await eventually(`the execution of ${id} is stopped`, 10_000, async () => {
        const { status: how } = await localAws(stack).sfn.send(
          new DescribeExecutionCommand({ executionArn }),
        );
        return how === 'ABORTED' ? true : null;
      });
      expect(await api.job(id)).toMatchObject(ended);
    },
  );

  test.each(HELD.filter(([status]) => status === 'PAUSED' || status === 'TRAPPED'))(
    'by cancel while it is %s is undone',
    async (_status, make) => {
      const id = await make({});
      await api.command(id, 'cancel', { reason: 'not tonight' });
      expect(await api.settled(id)).toMatchObject({
        status: 'CANCELED_WHILE_RUNNING',
        rollback: { outcome: 'ok' },
      });
    },
  );
});

describe.concurrent('the transitions of a job', () => {
  /** Two failed tries, each at most four beyond a job that goes well. */
  const RETRIED_TWICE = 8;

  test('grow by four at most with each try that is retried', async () => {
    const retry = { maxAttempts: 3, interval: 'PT1S', backoff: 1 };
    const [well, flaky] = [
      await api.submit([work('one', { retry })]),
      await api.submit([work('one', { retry })]),
    ];
    await complete(well, 0);
    await fail(flaky, 0, 'Flaky');
    await fail(flaky, 0, 'Flaky');
    await complete(flaky, 0);
    await Promise.all([well, flaky].map((id) => api.settled(id)));
    expect((await api.ops(flaky))[0]).toMatchObject({ status: 'success', try: 3 });
    const beyond = (await transitionsOf(stack, flaky)) - (await transitionsOf(stack, well));
    expect(beyond).toBeGreaterThan(0);
    expect(beyond).toBeLessThanOrEqual(RETRIED_TWICE);
  });

  /** Several sweeps, each of which looks at what is held. */
  const LONGER_MS = 7_000;

  test('are the same however long a trap waits', async () => {
    const held = async (waitMs: number) => {
      const id = await api.submit([broken('one', trapping())]);
      await api.statusIs(id, 'TRAPPED');
      await delay(waitMs);
      await answer(id, 'skip');
      await api.settled(id);
      return transitionsOf(stack, id);
    };
    const [short, long] = await Promise.all([held(0), held(LONGER_MS)]);
    expect(long).toBe(short);
  });

  test('are the same however long a pause lasts', async () => {
    const held = async (waitMs: number) => {
      const id = await pausedJob();
      await delay(waitMs);
      await api.command(id, 'resume');
      await api.settled(id);
      return transitionsOf(stack, id);
    };
    const [short, long] = await Promise.all([held(0), held(LONGER_MS)]);
    expect(long).toBe(short);
  });
});
