import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approveJob } from '../../../core/job/approve-job.ts';
import { changePriority } from '../../../core/job/change-priority.ts';
import { confirmJob } from '../../../core/job/confirm-job.ts';
import { isLive, isWaiting, placeOf } from '../../../core/job/job.ts';
import { needsOf } from '../../../core/job/needs.ts';
import { planToStart } from '../../../core/job/plan.ts';
import { releaseByForce } from '../../../core/job/release-by-force.ts';
import { rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { isSettled } from '../../../core/job/status.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';

const MINUTE_MS = 60_000;
const GRACE = { actor: 'grace', groups: [], mayApproveAll: true };
const LOCKS = ['a', 'b'] as const;
const STEPS = 70;
/** Rounds in which a crowd must have come to its end: each ends at least one job. */
const ROUNDS = 200;

const lock = fc.record({ name: fc.constantFrom(...LOCKS), mode: fc.constantFrom('exclusive', 'shared') });

/** Gates before the line are rare, so that lines are full. */
const rarely = fc.constantFrom(false, false, false, false, true);

const submission = fc.record({
  pre: rarely,
  hold: rarely,
  approval: rarely,
  inMinutes: fc.option(fc.integer({ min: -2, max: 3 }), { nil: undefined, freq: 3 }),
  locks: fc.uniqueArray(lock, { minLength: 1, maxLength: 2, selector: ({ name }) => name }),
  units: fc.integer({ min: 0, max: 2 }),
  priority: fc.integer({ min: -2, max: 2 }),
  dependsOnEarlier: rarely,
});

type Submission = typeof submission extends fc.Arbitrary<infer Value> ? Value : never;

const verb = fc.constantFrom(
  'advance',
  'settle one',
  'settle one',
  'settle all',
  'work',
  'work',
  'cancel',
  'force',
  'abend',
  'confirm',
  'approve',
  'reschedule',
  'unschedule',
  'priority',
  'release',
  'rerun',
  'rerun',
  'roll back',
  'roll back',
  'time',
);

type Verb = typeof verb extends fc.Arbitrary<infer Value> ? Value : never;

const limits = fc.record(
  {
    maxRunning: fc.integer({ min: 1, max: 2 }),
    maxAdmitted: fc.integer({ min: 1, max: 3 }),
    paused: fc.boolean(),
  },
  { requiredKeys: [] },
);

const step = fc.oneof(
  { weight: 4, arbitrary: submission.map((job) => ({ kind: 'submit', job }) as const) },
  {
    weight: 10,
    arbitrary: fc.tuple(verb, fc.nat(7)).map(([what, job]) => ({ kind: 'act', what, job }) as const),
  },
  { weight: 1, arbitrary: limits.map((queue) => ({ kind: 'queue', queue }) as const) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 3 }).map((units) => ({ kind: 'units', units }) as const),
  },
);

/** Jobs of one project that want the same things, with the effects of each commit done late or never. */
class Crowd {
  readonly world = new LineWorld();
  readonly runs: JobRun[] = [];
  now = RECEIVED;

  constructor() {
    this.world.setResource('transcoder', 2, this.now);
  }

  submit(wanted: Submission): void {
    const ops = [
      ...(wanted.pre ? [{ name: 'check', step: 'PRE' }] : []),
      { name: 'one', rollback: { action: 'build' } },
    ];
    const at = this.now + (wanted.inMinutes ?? 0) * MINUTE_MS;
    const earlier = this.runs.at(-1);
    const job = {
      hold: wanted.hold,
      priority: wanted.priority,
      locks: wanted.locks,
      resources: wanted.units === 0 ? [] : [{ name: 'transcoder', units: wanted.units }],
      ...(wanted.approval ? { approval: { approvers: ['user:grace'] } } : {}),
      ...(wanted.inMinutes === undefined
        ? {}
        : { schedule: { at: new Date(at).toISOString(), startWithin: 'PT4M' } }),
      ...(wanted.dependsOnEarlier && earlier !== undefined ? { dependsOn: [{ job: earlier.id }] } : {}),
    };
    const id = runId(this.runs.length + 1);
    this.runs.push(new JobRun(ops, job, { world: this.world, id, now: this.now }));
  }

  act(what: Verb, number: number): void {
    if (what === 'time') this.now += MINUTE_MS;
    if (what === 'settle one') this.world.settleOne(this.now);
    if (what === 'settle all') this.world.settle(this.now);
    const run = this.runs[number % Math.max(1, this.runs.length)];
    if (run === undefined) return;
    run.now = this.now;
    const { actor } = GRACE;
    if (what === 'advance') run.advance();
    if (what === 'work') this.work(run);
    if (what === 'cancel' || what === 'force') run.cancel({ force: what === 'force' });
    if (what === 'abend' && isLive(run.job)) run.abend();
    if (what === 'confirm') run.command((job, facts) => confirmJob(job, GRACE, facts));
    if (what === 'approve') run.command((job, facts) => approveJob(job, GRACE, facts));
    if (what === 'reschedule' || what === 'unschedule') {
      const at = what === 'unschedule' ? null : this.now + (number - 3) * MINUTE_MS;
      run.command((job, facts) => rescheduleJob(job, run.ops, { actor, at }, facts));
    }
    if (what === 'rerun' || what === 'roll back') this.again(what, number);
    if (what === 'priority') {
      run.command((job, facts) =>
        changePriority(job, run.opsOfAttempt, { actor, priority: number - 4 }, facts),
      );
    }
    if (what === 'release') {
      const key = { scope: 'web', kind: 'lock', name: LOCKS[number % 2] ?? 'a' } as const;
      run.command((job, facts) => releaseByForce(job, key, { actor, reason: 'it hangs' }, facts));
    }
  }

  /** One of those that have settled has another attempt. */
  again(what: 'rerun' | 'roll back', number: number): void {
    const settled = this.runs.filter(({ job }) => isSettled(job.status));
    const run = settled[number % Math.max(1, settled.length)];
    if (run === undefined) return;
    run.now = this.now;
    if (what === 'rerun') run.rerun(number % 2 === 0 ? 'PRE' : 'RUN');
    else run.rollBack();
  }

  /** The job's execution, as far as it gets without an error: to its end, or to the end of PRE. */
  work(run: JobRun): void {
    const { job } = run;
    if (!isLive(job) || job.ending !== undefined) return;
    if (job.status === 'CANCELING') {
      const recovery = run.recover('Canceled');
      perform(run, recovery.kind === 'perform' ? recovery.ops : []);
      run.finish('recovery');
      return;
    }
    perform(run, planToStart(job, run.spec, run.opsOfAttempt));
    run.finish();
  }

  /** Whatever is in a job's way goes out of it. */
  open(): void {
    this.world.setQueue({}, this.now);
    this.world.setResource('transcoder', 2, this.now);
    for (let round = 0; round < ROUNDS; round += 1) {
      this.world.settle(this.now);
      for (const [number] of this.runs.entries()) {
        for (const what of ['confirm', 'approve', 'advance', 'work'] as const) this.act(what, number);
      }
      if (this.runs.every(({ job }) => isSettled(job.status))) return;
      this.now += MINUTE_MS;
    }
  }

  check(): void {
    for (const { job, spec } of this.runs) {
      const needs = needsOf(spec);
      const last = needs.length - 1;
      const held = job.holds.map(({ need }) => need);
      // In the one order, and nothing twice.
      expect(held).toEqual([...new Set(held)].sort((one, other) => one - other));
      for (const { need, fence } of job.holds) {
        const key = needs[need]?.key;
        expect(key === undefined ? [] : this.world.holders(key)).toContain(job.id);
        expect(fence).toBeGreaterThan(0);
      }
      const place = placeOf(job);
      if (place !== undefined) {
        expect(held.every((need) => need < place.need)).toBe(true);
        const key = needs[place.need]?.key;
        expect(key === undefined ? [] : this.world.waiters(key)).toContain(job.id);
      }
      // 13: nobody waits for anything while it holds a slot, but to give it back or just before it starts.
      const stands = isWaiting(job) && job.owed.length === 0 && job.ending === undefined;
      if (stands) expect(held).not.toContain(last);
      // 4, 6: what has settled holds nothing that it does not owe.
      if (isSettled(job.status) && held.length > 0) {
        expect(job.owed.map(({ kind }) => kind)).toContain('release');
      }
    }
    const standing = this.runs.filter(({ job }) => placeOf(job) !== undefined).length;
    const holding = this.runs.reduce((sum, { job }) => sum + job.holds.length, 0);
    const semaphores = this.world.semaphores();
    // 7, 12: every place in a line is a job's, and every hold.
    expect(semaphores.reduce((sum, { waiting }) => sum + waiting, 0)).toBe(standing);
    expect(semaphores.reduce((sum, key) => sum + this.world.holders(key).length, 0)).toBe(holding);
  }
}

function perform(run: JobRun, plan: readonly number[]): void {
  for (const index of plan) {
    run.perform(index);
    run.complete(index);
  }
}

describe('any crowd of jobs', () => {
  it('keeps its lines in order, and comes to its end once nothing is in its way', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: STEPS, size: 'max' }), (steps) => {
        const crowd = new Crowd();
        for (const next of steps) {
          if (next.kind === 'submit') crowd.submit(next.job);
          if (next.kind === 'act') crowd.act(next.what, next.job);
          if (next.kind === 'queue') crowd.world.setQueue(next.queue, crowd.now);
          if (next.kind === 'units') crowd.world.setResource('transcoder', next.units, crowd.now);
          crowd.check();
        }
        crowd.open();
        crowd.check();
        for (const { job, entries } of crowd.runs) {
          expect([job.status, isSettled(job.status)]).toEqual([job.status, true]);
          const settlements = entries.filter(
            ({ kind, to, attempt }) => kind === 'status' && to === job.status && attempt === job.attempt,
          );
          expect(settlements).toHaveLength(1);
        }
        for (const semaphore of crowd.world.semaphores()) {
          expect(semaphore).toMatchObject({ held: 0, waiting: 0 });
        }
      }),
      { numRuns: 40 },
    );
  });
});
