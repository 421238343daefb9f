import { describe, expect, it } from 'vitest';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { sessionClosedSchema, sessionSchema } from '../../../core/contract/api/session.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { sweep } from '../../../core/usecases/sweep.ts';
import { ApiBench, type Call, SPEC, type User } from './api-bench.ts';

const SESSION = 'ada-7';
const IN_SESSION = { ...SPEC, sessionId: SESSION };
const HELD = { ...IN_SESSION, hold: true };
const NOTHING = { sessionId: SESSION, canceled: 0, canceling: 0, refused: 0, left: 0 };

const read = (bench: ApiBench, as: Call['as'] = 'operator', session = SESSION) =>
  bench.ok('get-session', sessionSchema, { session, as });

const logOut = (bench: ApiBench, as: Call['as'] = 'operator', session = SESSION) =>
  bench.ok('close-session', sessionClosedSchema, { session, as });

async function statusOf(bench: ApiBench, id: JobId): Promise<string> {
  return (await bench.ok('get-job', jobShapeSchema, { id, as: 'admin' })).status;
}

describe('GET /sessions/{session}', () => {
  it('says how many of its jobs are live and which, the oldest first, and changes nothing', async () => {
    const bench = new ApiBench();
    const [waiting, running, ended] = [
      await bench.submit(HELD, 'operator'),
      await bench.submit(IN_SESSION, 'operator'),
      await bench.submit(HELD, 'operator'),
    ];
    await bench.submit({ ...HELD, sessionId: 'ada-8' }, 'operator');
    await bench.perform(running, 0);
    await bench.call('cancel-job', { id: ended, body: {} });
    const stored = await bench.stored();
    const session = await read(bench);
    expect(session).toMatchObject({ sessionId: SESSION, live: 2 });
    expect(session.items.map(({ id, status, sessionId }) => [id, status, sessionId])).toEqual([
      [waiting, 'CREATED', SESSION],
      [running, 'RUNNING', SESSION],
    ]);
    expect(await bench.stored()).toBe(stored);
  });

  it('has nothing of a session that nobody knows', async () => {
    expect(await read(new ApiBench())).toEqual({ sessionId: SESSION, live: 0, items: [] });
  });

  it('shows a hundred of many, and counts them all', async () => {
    const bench = new ApiBench();
    for (let job = 0; job < 101; job += 1) await bench.submit(HELD);
    const { live, items } = await read(bench);
    expect([live, items.length]).toEqual([101, 100]);
  });

  it.each([['a/b'], ['a#b'], ['x'.repeat(129)]])('refuses %j for the name of a session', async (session) => {
    expect(await new ApiBench().refusal('get-session', { session })).toMatchObject({ code: 'InvalidName' });
    expect(
      await new ApiBench().refusal('submit-job', { body: { ...SPEC, sessionId: session } }),
    ).toMatchObject({ code: 'InvalidName' });
  });
});

describe('a confirmed logout', () => {
  it('cancels what waits and what runs of the session, and nothing else (Oracle VM Manager)', async () => {
    const bench = new ApiBench();
    const waiting = await bench.submit(HELD, 'submitter');
    const running = await bench.submit(
      { ...IN_SESSION, ops: [{ ...SPEC.ops[0], rollback: { action: 'transcode' } }, SPEC.ops[1]] },
      'submitter',
    );
    const [other, none] = [
      await bench.submit({ ...HELD, sessionId: 'ada-8' }, 'submitter'),
      await bench.submit({ ...SPEC, hold: true }, 'submitter'),
    ];
    await bench.work(running, 0);
    expect(await logOut(bench, 'submitter')).toEqual({ ...NOTHING, canceled: 1, canceling: 1 });
    expect(await statusOf(bench, waiting)).toBe('CANCELED_BEFORE_START');
    expect(await statusOf(bench, running)).toBe('CANCELING');
    for (const left of [other, none]) expect(await statusOf(bench, left)).toBe('CREATED');
    expect(bench.store.journal(waiting).at(-1)).toMatchObject({
      actor: 'submitter',
      message: expect.stringContaining('submitter logged out of session ada-7'),
    });
  });

  it('again finds only what still ends, which takes no cancel any more', async () => {
    const bench = new ApiBench();
    const running = await bench.submit(IN_SESSION);
    await bench.submit(HELD);
    await bench.work(running, 0);
    expect(await logOut(bench)).toEqual({ ...NOTHING, canceled: 1, canceling: 1 });
    expect(await read(bench)).toMatchObject({ live: 1 });
    expect(await logOut(bench)).toEqual({ ...NOTHING, refused: 1 });
  });

  it('does nothing to a session without live jobs', async () => {
    const bench = new ApiBench();
    await bench.completedJob({ ...IN_SESSION, ops: [SPEC.ops[0]] });
    const stored = await bench.stored();
    expect(await logOut(bench)).toEqual(NOTHING);
    expect(await bench.stored()).toBe(stored);
  });

  it('says how many it left when its time was over, which the next call cancels', async () => {
    const bench = new ApiBench();
    const commit = bench.store.commit.bind(bench.store);
    bench.store.commit = async (change) => {
      if (change.transition === 'cancel job') bench.now += 3_000;
      return commit(change);
    };
    for (let job = 0; job < 20; job += 1) await bench.submit(HELD);
    // Eight at once take 24 s here, and it goes on for 20.
    expect(await logOut(bench)).toEqual({ ...NOTHING, canceled: 8, left: 12 });
    expect(await logOut(bench)).toEqual({ ...NOTHING, canceled: 8, left: 4 });
    expect(await logOut(bench)).toEqual({ ...NOTHING, canceled: 4 });
  });

  it('goes on past a job that cannot be canceled now', async () => {
    const reported: string[] = [];
    const bench = new ApiBench({ reportOwed: (effect) => reported.push(effect) });
    const [bad] = [await bench.submit(HELD), await bench.submit(HELD), await bench.submit(HELD)];
    const commit = bench.store.commit.bind(bench.store);
    bench.store.commit = async (change) => {
      if (change.job.id === bad) throw new Error('no answer');
      return commit(change);
    };
    expect(await logOut(bench)).toEqual({ ...NOTHING, canceled: 2, left: 1 });
    expect(reported).toEqual([`cancel ${bad}`]);
  });
});

describe('a session that times out', () => {
  it('is told to nobody, and its jobs go on (Oracle VM Manager)', async () => {
    const bench = new ApiBench();
    const [waiting, running] = [
      await bench.submit(HELD),
      await bench.submit({ ...IN_SESSION, ops: [SPEC.ops[0]] }),
    ];
    bench.now += 30 * 24 * 60 * 60 * 1000;
    await sweep(bench.deps);
    await bench.work(running, 0);
    await bench.finish(running);
    expect(await statusOf(bench, waiting)).toBe('CREATED');
    expect(await statusOf(bench, running)).toBe('COMPLETED_OK');
  });
});

describe('who may ask about a session', () => {
  it.each<User>(['submitter', 'operator', 'admin'])(
    'its owner, or an operator of the project: %s',
    async (as) => {
      const bench = new ApiBench();
      const id = await bench.submit(HELD, 'submitter');
      expect((await read(bench, as)).items.map((job) => job.id)).toEqual([id]);
      expect(await logOut(bench, as)).toEqual({ ...NOTHING, canceled: 1 });
    },
  );

  it.each<User>(['viewer', 'worker', 'approver', 'other'])(
    'to %s it is like one that nobody knows',
    async (as) => {
      const bench = new ApiBench();
      const id = await bench.submit(HELD, 'submitter');
      expect(await bench.call('get-session', { session: SESSION, as })).toEqual(
        await new ApiBench().call('get-session', { session: SESSION, as }),
      );
      expect(await logOut(bench, as)).toEqual(NOTHING);
      expect(await statusOf(bench, id)).toBe('CREATED');
    },
  );

  it('each user has their own jobs of one that two of them use', async () => {
    const bench = new ApiBench();
    const eve = { username: 'eve', 'cognito:groups': ['web:submitter'] };
    const own = await bench.submit(HELD, 'submitter');
    await bench.call('submit-job', { body: HELD, as: eve });
    expect((await read(bench, 'submitter')).items.map((job) => job.id)).toEqual([own]);
    expect(await logOut(bench, eve)).toEqual({ ...NOTHING, canceled: 1 });
    expect(await statusOf(bench, own)).toBe('CREATED');
  });

  it('an owner who may see the project no more has none of it', async () => {
    const bench = new ApiBench();
    await bench.submit(HELD, 'submitter');
    const left = { username: 'submitter', 'cognito:groups': ['media:submitter'] };
    expect(await read(bench, left)).toMatchObject({ live: 0, items: [] });
    expect(await logOut(bench, left)).toEqual(NOTHING);
  });
});
