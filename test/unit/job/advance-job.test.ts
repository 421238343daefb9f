import { describe, expect, it } from 'vitest';
import { advanceJob } from '../../../core/job/advance-job.ts';
import { isWaiting } from '../../../core/job/job.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { JOB_STATUSES, sampleJob } from '../views/sample-job.ts';

const OPS = [{ name: 'one' }];
const HOUR_MS = 3_600_000;
const LOCK = { scope: 'web', kind: 'lock', name: 'a' } as const;
const at = (moment: number) => new Date(moment).toISOString();

describe('a look at a job that waits for its date', () => {
  const schedule = { at: at(RECEIVED + HOUR_MS), startWithin: 'PT1H' };

  it('changes nothing before it, and starts it when it has come', () => {
    const run = new JobRun(OPS, { schedule });
    run.now = RECEIVED + HOUR_MS - 1;
    expect(run.advance()).toBeNull();
    run.now += 1;
    run.advance();
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting' });
  });

  it('starts it in the last moment of its window, and expires it in the next', () => {
    for (const [moment, status] of [
      [RECEIVED + 2 * HOUR_MS, 'QUEUED'],
      [RECEIVED + 2 * HOUR_MS + 1, 'EXPIRED'],
    ] as const) {
      const run = new JobRun(OPS, { schedule });
      run.now = moment;
      run.advance();
      expect(run.job.status).toBe(status);
    }
  });
});

describe('a job that is too late', () => {
  const schedule = { startWithin: 'PT1H' };
  const LATE = RECEIVED + HOUR_MS + 1;

  function blocked(job: object, prepare: (world: LineWorld) => void) {
    const world = new LineWorld();
    prepare(world);
    return new JobRun(OPS, { schedule, ...job }, { world });
  }

  it.each([
    ['CREATED', { hold: true }, () => undefined],
    ['WAITING_APPROVAL', { approval: { approvers: ['user:grace'] } }, () => undefined],
    [
      'WAITING_DEPENDENCY',
      { dependsOn: [{ job: runId(901) }] },
      (world: LineWorld) => world.put(sampleJob('RUNNING', { id: runId(901) }), new JobRun(OPS).spec),
    ],
    ['PENDING', {}, (world: LineWorld) => world.setQueue({ paused: true }, RECEIVED)],
    ['QUEUED', { resources: [{ name: 'transcoder' }] }, () => undefined],
    [
      'WAITING_LOCK',
      { locks: [{ name: 'a' }] },
      (world: LineWorld) => world.occupy(LOCK, 1, runId(900), RECEIVED),
    ],
  ])('expires whatever it waits for: %s', (status, job, prepare) => {
    const run = blocked(job, prepare);
    expect(run.job.status).toBe(status);
    run.now = LATE - 1;
    run.advance();
    expect(run.job.status).toBe(status);
    run.now = LATE;
    run.advance();
    expect(run.job).toMatchObject({
      status: 'EXPIRED',
      step: 'END',
      endedAt: LATE,
      error: { code: 'Expired', message: `RUN had not started by ${at(LATE - 1)}` },
      retryable: true,
      holds: [],
    });
    expect(run.job).not.toHaveProperty('startedAt');
  });

  it('leaves its line and gives back what it holds', () => {
    const world = new LineWorld();
    world.occupy(LOCK, 1, runId(900), RECEIVED);
    world.setQueue({ maxAdmitted: 1 }, RECEIVED);
    const run = new JobRun(OPS, { schedule, locks: [{ name: 'a' }] }, { world });
    const next = new JobRun(OPS, {}, { world, id: runId(2) });
    expect(next.job.status).toBe('PENDING');
    run.now = LATE;
    run.advance();
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', ending: { status: 'EXPIRED' } });
    expect(run.job).not.toHaveProperty('place');
    expect(world.waiters(LOCK)).toEqual([]);
    world.settle(LATE);
    expect(run.job).toMatchObject({ status: 'EXPIRED', holds: [] });
    expect(next.job).toMatchObject({ waitReason: 'starting' });
  });

  it('keeps in mind what its PRE has done', () => {
    const ops = [{ name: 'build', step: 'PRE', rollback: { action: 'build' } }, { name: 'one' }];
    const run = new JobRun(ops, { schedule, approval: { approvers: ['user:grace'], window: 'P9D' } });
    run.play();
    expect(run.job.status).toBe('WAITING_APPROVAL');
    run.now = LATE;
    run.advance();
    expect(run.job).toMatchObject({ status: 'EXPIRED', rollback: 'needed', startedAt: RECEIVED });
  });
});

describe('an approval that nobody decided about', () => {
  it('expires the job after its window', () => {
    const run = new JobRun(OPS, { approval: { approvers: ['user:grace'], window: 'PT1H' } });
    run.now += HOUR_MS;
    expect(run.advance()).toBeNull();
    run.now += 1;
    run.advance();
    expect(run.job).toMatchObject({
      status: 'EXPIRED',
      error: { message: `nobody approved it by ${at(RECEIVED + HOUR_MS)}` },
    });
  });
});

describe('a look', () => {
  it.each(JOB_STATUSES.filter((status) => !isWaiting(sampleJob(status))))(
    'at a job that is %s and does not wait changes nothing',
    (status) => {
      const { facts } = new JobRun(OPS);
      expect(advanceJob(sampleJob(status), { ...facts, now: Number.MAX_SAFE_INTEGER })).toBeNull();
    },
  );

  it('leaves a job in its line as it is, whatever has become free', () => {
    const world = new LineWorld();
    world.occupy(LOCK, 1, runId(900), RECEIVED);
    const run = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world });
    expect(run.advance()).toBeNull();
  });

  it('that was owed and changes nothing is owed no more', () => {
    const run = new JobRun(OPS, { hold: true });
    const { job } = run;
    const owed = [{ kind: 'advance', by: RECEIVED }] as const;
    const change = advanceJob({ ...job, owed: [...owed] }, run.facts);
    expect(change).toMatchObject({
      transition: 'clear effect',
      job: { status: 'CREATED', owed: [] },
      entries: [],
    });
  });

  it('after a grant goes on with the next need, and stands in one line at a time', () => {
    const world = new LineWorld();
    const other = { scope: 'web', kind: 'lock', name: 'b' } as const;
    world.occupy(LOCK, 1, runId(900), RECEIVED);
    world.occupy(other, 1, runId(900), RECEIVED);
    const run = new JobRun(OPS, { locks: [{ name: 'b' }, { name: 'a' }] }, { world });
    expect([world.waiters(LOCK), world.waiters(other)]).toEqual([[run.id], []]);
    world.vacate(LOCK, runId(900), RECEIVED);
    run.advance();
    expect([world.waiters(LOCK), world.waiters(other)]).toEqual([[], [run.id]]);
    expect(run.job).toMatchObject({ status: 'WAITING_LOCK', holds: [{ need: 1 }], place: { need: 2 } });
    expect(run.entries.at(-1)).toMatchObject({ kind: 'wait' });
  });

  it('never goes back in the order of needs for a limit that came since', () => {
    const world = new LineWorld();
    world.occupy(LOCK, 1, runId(900), RECEIVED);
    const run = new JobRun(OPS, { locks: [{ name: 'a' }] }, { world });
    world.setQueue({ maxAdmitted: 1, maxRunning: 1 }, RECEIVED);
    world.occupy({ scope: 'web', kind: 'admission', name: 'default' }, 1, runId(900), RECEIVED);
    world.vacate(LOCK, runId(900), RECEIVED);
    world.settle(RECEIVED);
    expect(run.job).toMatchObject({ waitReason: 'starting', holds: [{ need: 1 }, { need: 2 }] });
  });
});
