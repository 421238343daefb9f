import { describe, expect, it } from 'vitest';
import { approveJob } from '../../../core/job/approve-job.ts';
import { confirmJob } from '../../../core/job/confirm-job.ts';
import { type Job, placeOf } from '../../../core/job/job.ts';
import { submitJob } from '../../../core/job/submit-job.ts';
import type { SemaphoreKey } from '../../../core/semaphore/semaphore.ts';
import { JobRun, RECEIVED, runId, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { sampleJob } from '../views/sample-job.ts';

const OTHER = runId(900);
const AWAITED = runId(901);
const HOUR_MS = 3_600_000;

const ADMISSION = { scope: 'web', kind: 'admission', name: 'default' } as const;
const LOCK = { scope: 'web', kind: 'lock', name: 'site/docs' } as const;
const SLOT = { scope: 'web', kind: 'slot', name: 'default' } as const;

/** What is in a job's way, gate by gate. */
interface Ways {
  readonly pre: boolean;
  readonly hold: boolean;
  readonly approval: boolean;
  readonly date: 'none' | 'past' | 'future';
  readonly awaited: 'none' | 'unsettled' | 'as wanted' | 'otherwise';
  readonly full: boolean;
  readonly locked: boolean;
  readonly taken: boolean;
}

const EITHER = [false, true] as const;

function everyWay(): readonly Ways[] {
  const all: Ways[] = [];
  for (const pre of EITHER)
    for (const hold of EITHER)
      for (const approval of EITHER)
        for (const date of ['none', 'past', 'future'] as const)
          for (const awaited of ['none', 'unsettled', 'as wanted', 'otherwise'] as const)
            for (const full of EITHER)
              for (const locked of EITHER)
                for (const taken of EITHER) {
                  all.push({ pre, hold, approval, date, awaited, full, locked, taken });
                }
  return all;
}

/** What the one order of the gates says: where the job stands, and what it has taken by then. */
function expected(ways: Ways): { readonly at: string; readonly holds: readonly SemaphoreKey[] } {
  const nothing: readonly SemaphoreKey[] = [];
  if (ways.hold) return { at: 'CREATED confirmation', holds: nothing };
  if (!ways.pre) {
    if (ways.approval) return { at: 'WAITING_APPROVAL approval', holds: nothing };
    if (ways.date === 'future') return { at: 'SCHEDULED date', holds: nothing };
    if (ways.awaited === 'unsettled' || ways.awaited === 'otherwise') {
      return { at: 'WAITING_DEPENDENCY dependencies', holds: nothing };
    }
  }
  if (ways.full) return { at: 'PENDING admission', holds: nothing };
  if (!ways.pre && ways.locked) return { at: 'WAITING_LOCK lock', holds: [ADMISSION] };
  const before = ways.pre ? [ADMISSION] : [ADMISSION, LOCK];
  if (ways.taken) return { at: 'QUEUED slot', holds: before };
  return { at: 'QUEUED starting', holds: [...before, SLOT] };
}

function submitted(ways: Ways): JobRun {
  const world = new LineWorld();
  world.setQueue({ maxAdmitted: ways.full ? 1 : 9, maxRunning: ways.taken ? 1 : 9 }, RECEIVED);
  if (ways.full) world.occupy(ADMISSION, 1, OTHER, RECEIVED);
  if (ways.locked) world.occupy(LOCK, 1, OTHER, RECEIVED);
  if (ways.taken) world.occupy(SLOT, 1, OTHER, RECEIVED);
  if (ways.awaited !== 'none') {
    const status = { unsettled: 'RUNNING', 'as wanted': 'COMPLETED_OK', otherwise: 'FAILED' } as const;
    world.put(sampleJob(status[ways.awaited], { id: AWAITED }), specOf([{ name: 'other' }]));
  }
  const ops = [...(ways.pre ? [{ name: 'check', step: 'PRE' }] : []), { name: 'publish' }];
  const at = RECEIVED + (ways.date === 'future' ? HOUR_MS : -HOUR_MS);
  const job = {
    hold: ways.hold,
    locks: [{ name: 'site/docs' }],
    ...(ways.approval ? { approval: { approvers: ['user:grace'] } } : {}),
    ...(ways.date === 'none' ? {} : { schedule: { at: new Date(at).toISOString() } }),
    ...(ways.awaited === 'none' ? {} : { dependsOn: [{ job: AWAITED }] }),
  };
  return new JobRun(ops, job, { world });
}

function standing({ status, ...job }: Job): string {
  return `${status} ${'waitReason' in job ? job.waitReason : ''}`;
}

describe('admission', () => {
  it('leads to the first gate that is in the way, and takes what comes before it in the line', () => {
    for (const ways of everyWay()) {
      const { world, job, id } = submitted(ways);
      const wanted = expected(ways);
      expect([ways, standing(job)]).toEqual([ways, wanted.at]);
      const held = [ADMISSION, LOCK, SLOT].filter((key) => world.holders(key).includes(id));
      expect([ways, held]).toEqual([ways, wanted.holds]);
      expect([ways, job.holds.length]).toEqual([ways, wanted.holds.length]);
      const lines = [ADMISSION, LOCK, SLOT].filter((key) => world.waiters(key).includes(id));
      const stands = ['PENDING admission', 'WAITING_LOCK lock', 'QUEUED slot'].includes(wanted.at);
      expect([ways, lines.length, placeOf(job) !== undefined]).toEqual([ways, stands ? 1 : 0, stands]);
    }
  });

  it('takes all that is free in one change, together with the start', () => {
    const world = new LineWorld();
    world.setQueue({ maxAdmitted: 5, maxRunning: 5 }, RECEIVED);
    world.setResource('transcoder', 4, RECEIVED);
    const spec = specOf([{ name: 'one' }], {
      locks: [{ name: 'b' }, { name: 'a', mode: 'shared' }],
      resources: [{ name: 'transcoder', units: 3 }],
    });
    const context = { ...world.facts(spec, RECEIVED), lineUp: true };
    const change = submitJob(runId(1), spec, { user: 'ada', groups: [] }, context);
    expect(
      change.semaphores.map(({ semaphore }) => [semaphore.kind, semaphore.name, semaphore.held]),
    ).toEqual([
      ['admission', 'default', 1],
      ['lock', 'a', 1],
      ['lock', 'b', 1_000],
      ['resource', 'transcoder', 3],
      ['slot', 'default', 1],
    ]);
    expect(change.job).toMatchObject({
      status: 'QUEUED',
      waitReason: 'starting',
      holds: [0, 1, 2, 3, 4].map((need) => ({ need, fence: 1 })),
      owed: [{ kind: 'start' }],
    });
  });

  it('takes nothing of a queue without limits, which has no hot semaphore then', () => {
    const { job, world } = new JobRun([{ name: 'one' }], { locks: [{ name: 'site/docs' }] });
    expect(job.holds).toEqual([{ need: 1, fence: 1 }]);
    expect([world.semaphore(ADMISSION).ver, world.semaphore(SLOT).ver]).toEqual([0, 0]);
  });

  it.each([
    [{ maxAdmitted: 5 }, [0]],
    [{ maxRunning: 5 }, [1]],
    [{ maxAdmitted: 5, maxRunning: 5 }, [0, 1]],
  ])('takes of a queue with %j what is limited', (limits, needs) => {
    const world = new LineWorld();
    world.setQueue(limits, RECEIVED);
    const { job } = new JobRun([{ name: 'one' }], {}, { world });
    expect(job.holds.map(({ need }) => need)).toEqual(needs);
  });

  it('waits while the queue is paused, with limits or without', () => {
    for (const limits of [{ paused: true }, { paused: true, maxAdmitted: 9, maxRunning: 9 }]) {
      const world = new LineWorld();
      world.setQueue(limits, RECEIVED);
      const run = new JobRun([{ name: 'one' }], {}, { world });
      expect(standing(run.job)).toBe('PENDING admission');
      world.setQueue({ ...limits, paused: false }, RECEIVED);
      world.settle(RECEIVED);
      expect(standing(run.job)).toBe('QUEUED starting');
    }
  });

  it('lines up behind those who still wait when the limit is gone', () => {
    const world = new LineWorld();
    world.setQueue({ paused: true }, RECEIVED);
    const first = new JobRun([{ name: 'one' }], {}, { world, id: runId(1) });
    const second = new JobRun([{ name: 'one' }], {}, { world, id: runId(2) });
    world.setQueue({}, RECEIVED);
    // Before anybody is advanced: the second still waits, and the third must not pass it.
    const third = new JobRun([{ name: 'one' }], {}, { world, id: runId(3) });
    expect(standing(third.job)).toBe('PENDING admission');
    world.settle(RECEIVED);
    for (const run of [first, second, third]) expect(standing(run.job)).toBe('QUEUED starting');
    const later = new JobRun([{ name: 'one' }], {}, { world, id: runId(4) });
    expect(later.job.holds).toEqual([]);
  });

  it('never goes back to a queue that has got a limit since, which would be the way to a deadlock', () => {
    const world = new LineWorld();
    const locks = { locks: [{ name: 'site/docs' }] };
    const holder = new JobRun([{ name: 'one' }], locks, { world, id: runId(1) });
    const waiter = new JobRun([{ name: 'one' }], locks, { world, id: runId(2) });
    world.setQueue({ maxAdmitted: 1 }, RECEIVED);
    const admitted = new JobRun([{ name: 'one' }], locks, { world, id: runId(3) });
    expect([standing(waiter.job), standing(admitted.job)]).toEqual([
      'WAITING_LOCK lock',
      'WAITING_LOCK lock',
    ]);
    holder.perform(0);
    holder.complete(0);
    holder.finish();
    world.settle(RECEIVED);
    expect(standing(waiter.job)).toBe('QUEUED starting');
    expect(waiter.job.holds.map(({ need }) => need)).toEqual([1]);
  });

  it('wants units of a resource that nobody has defined in vain', () => {
    const world = new LineWorld();
    const run = new JobRun([{ name: 'one' }], { resources: [{ name: 'transcoder' }] }, { world });
    expect(standing(run.job)).toBe('QUEUED resource');
    world.setResource('transcoder', 1, RECEIVED);
    world.settle(RECEIVED);
    expect(standing(run.job)).toBe('QUEUED starting');
  });

  it('stores a job that others are in each other’s way for, and lines it up next', () => {
    const world = new LineWorld();
    const spec = specOf([{ name: 'one' }], { locks: [{ name: 'site/docs' }] });
    const context = { ...world.facts(spec, RECEIVED), lineUp: false };
    const change = submitJob(runId(1), spec, { user: 'ada', groups: [] }, context);
    expect(change.semaphores).toEqual([]);
    expect(change.job).toMatchObject({
      status: 'PENDING',
      waitReason: 'admission',
      owed: [{ kind: 'advance', by: RECEIVED + 60_000 }],
    });
    world.commit(change);
    world.settle(RECEIVED);
    expect(world.head(runId(1))).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
  });

  it('leads a job through all its gates, each by what opens it', () => {
    const world = new LineWorld();
    world.setQueue({ maxAdmitted: 1, maxRunning: 1 }, RECEIVED);
    for (const key of [ADMISSION, LOCK, SLOT]) world.occupy(key, 1, OTHER, RECEIVED);
    world.put(sampleJob('RUNNING', { id: AWAITED }), specOf([{ name: 'other' }]));
    const job = {
      hold: true,
      approval: { approvers: ['user:grace'] },
      schedule: { at: new Date(RECEIVED + HOUR_MS).toISOString() },
      dependsOn: [{ job: AWAITED }],
      locks: [{ name: 'site/docs' }],
    };
    const run = new JobRun([{ name: 'one' }], job, { world });
    const seen = [standing(run.job)];
    const saw = () => seen.push(standing(run.job));
    run.command((head, facts) => confirmJob(head, { actor: 'ada' }, facts));
    saw();
    const grace = { actor: 'grace', groups: [], mayApproveAll: false };
    run.command((head, facts) => approveJob(head, grace, facts));
    saw();
    run.now += HOUR_MS;
    run.advance();
    saw();
    const { version } = world.head(AWAITED);
    world.put(sampleJob('COMPLETED_OK', { id: AWAITED, version }), specOf([{ name: 'other' }]));
    run.advance();
    saw();
    for (const key of [ADMISSION, LOCK, SLOT]) {
      world.vacate(key, OTHER, run.now);
      world.settle(run.now);
      saw();
    }
    expect(seen).toEqual([
      'CREATED confirmation',
      'WAITING_APPROVAL approval',
      'SCHEDULED date',
      'WAITING_DEPENDENCY dependencies',
      'PENDING admission',
      'WAITING_LOCK lock',
      'QUEUED slot',
      'QUEUED starting',
    ]);
    expect(run.entries.map(({ to }) => to)).toEqual(
      seen
        .slice(0, 7)
        .map((stop) => stop.split(' ')[0])
        .concat(undefined),
    );
    expect(run.job.holds.map(({ need }) => need)).toEqual([0, 1, 2]);
  });

  it('says in the journal what a job waits for', () => {
    const world = new LineWorld();
    world.occupy(LOCK, 1, OTHER, RECEIVED);
    const run = new JobRun([{ name: 'one' }], { locks: [{ name: 'site/docs' }] }, { world });
    expect(run.entries.map(({ message }) => message)).toEqual([
      'Job publish-site submitted. Waits for lock site/docs, one of 1 in line',
    ]);
  });
});

describe('PRE', () => {
  const OPS = [{ name: 'check', step: 'PRE' }, { name: 'publish' }];

  it('takes admission and a slot, gives both back, and lines up anew for RUN', () => {
    const world = new LineWorld();
    world.setQueue({ maxAdmitted: 1, maxRunning: 1 }, RECEIVED);
    world.occupy(LOCK, 1, OTHER, RECEIVED);
    const run = new JobRun(OPS, { locks: [{ name: 'site/docs' }] }, { world });
    expect([standing(run.job), run.job.step]).toEqual(['QUEUED starting', 'PRE']);
    run.perform(0);
    run.complete(0);
    run.finish();
    expect(run.job).toMatchObject({ status: 'PENDING', holds: [] });
    expect([world.holders(ADMISSION), world.holders(SLOT)]).toEqual([[], []]);
    world.settle(run.now);
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', step: 'RUN', holds: [{ need: 0 }] });
    expect(world.holders(SLOT)).toEqual([]);
  });

  it('asks for approval and waits for the date after it, not before', () => {
    const job = {
      approval: { approvers: ['user:grace'] },
      schedule: { at: new Date(RECEIVED + HOUR_MS).toISOString() },
    };
    const run = new JobRun(OPS, job);
    run.play();
    expect(standing(run.job)).toBe('WAITING_APPROVAL approval');
    expect(run.job).toMatchObject({ startedAt: RECEIVED, step: 'RUN' });
    expect(run.tries).toEqual(['check']);
  });

  it('that is over too late does not start RUN any more', () => {
    const run = new JobRun(OPS, { schedule: { startWithin: 'PT1M' } });
    run.perform(0);
    run.now += 60_001;
    run.complete(0);
    run.finish();
    expect(run.job).toMatchObject({ status: 'EXPIRED', error: { code: 'Expired' } });
  });
});

describe('a dependency', () => {
  const OTHERWISE = {
    fail: ['FAILED_TO_START', /ended as FAILED/],
    cancel: ['CANCELED_BEFORE_START', /ended as FAILED/],
    run: ['QUEUED', /starts/],
  } as const;

  function dependent(status: Parameters<typeof sampleJob>[0] | null, dependency: object) {
    const world = new LineWorld();
    if (status !== null) world.put(sampleJob(status, { id: AWAITED }), specOf([{ name: 'other' }]));
    return new JobRun([{ name: 'one' }], { dependsOn: [{ job: AWAITED, ...dependency }] }, { world });
  }

  it.each(['fail', 'cancel', 'run'] as const)('with an unwanted outcome does as told: %s', (otherwise) => {
    const run = dependent('FAILED', { otherwise });
    run.world.settle(run.now);
    const [status, words] = OTHERWISE[otherwise];
    expect(run.job.status).toBe(status);
    expect(run.entries.at(-1)?.message).toMatch(words);
  });

  it('takes any outcome that is wanted', () => {
    for (const outcome of ['FAILED', 'EXPIRED', 'REJECTED', 'CANCELED_BEFORE_START'] as const) {
      const run = dependent(outcome, { outcomes: [outcome] });
      expect(standing(run.job)).toBe('QUEUED starting');
    }
  });

  it('counts a job that was deleted as unwanted, whatever is wanted', () => {
    const run = dependent(null, { outcomes: ['COMPLETED_OK'] });
    run.world.settle(run.now);
    expect(run.job).toMatchObject({ status: 'FAILED_TO_START', error: { code: 'DependencyFailed' } });
  });

  it('is noted on the other job in the same change, so that it owes to tell', () => {
    const run = dependent('RUNNING', {});
    expect(run.world.head(AWAITED)).toMatchObject({ hasDependents: true, version: 5, status: 'RUNNING' });
    expect(run.job).toMatchObject({ status: 'WAITING_DEPENDENCY', holds: [] });
  });

  it('that goes on waiting is noted once more when somebody looks: the other may have run again since', () => {
    const run = dependent('RUNNING', {});
    const [{ job: other } = { job: undefined }] = run.spec.dependsOn;
    expect(run.advance()).toMatchObject({
      job: { status: 'WAITING_DEPENDENCY' },
      dependsOn: [other],
      touched: [{ job: { id: other, hasDependents: true } }],
    });
  });

  it('that failed while others still run ends the job at once', () => {
    const world = new LineWorld();
    const [first, second] = [runId(901), runId(902)];
    world.put(sampleJob('RUNNING', { id: first }), specOf([{ name: 'other' }]));
    world.put(sampleJob('RUNNING', { id: second }), specOf([{ name: 'other' }]));
    const job = { dependsOn: [{ job: first }, { job: second }] };
    const run = new JobRun([{ name: 'one' }], job, { world });
    const { version } = world.head(second);
    world.put(sampleJob('FAILED', { id: second, version }), specOf([{ name: 'other' }]));
    run.advance();
    expect(run.job).toMatchObject({ status: 'FAILED_TO_START' });
    expect(run.entries.at(-1)?.message).toContain(second);
  });
});
