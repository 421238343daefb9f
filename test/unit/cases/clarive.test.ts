import { expect } from 'vitest';
import * as z from 'zod';
import { refusedOnJob } from '../../../core/access/authorize.ts';
import { ROLES } from '../../../core/access/permissions.ts';
import { answerTrapBodySchema } from '../../../core/contract/api/answer-trap.ts';
import { rerunJobBodySchema } from '../../../core/contract/api/rerun-job.ts';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { approveJob } from '../../../core/job/approve-job.ts';
import { type Command, ruling } from '../../../core/job/commands.ts';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import { isoOf } from '../../../core/job/instant.ts';
import { isLive, STEPS, type Step } from '../../../core/job/job.ts';
import { journalEntrySchema } from '../../../core/job/journal-entry.ts';
import { leftToUndo, remainingPlan } from '../../../core/job/plan.ts';
import { RERUN_FROM } from '../../../core/job/rerun-job.ts';
import { rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { classOf, isSettled, type Status } from '../../../core/job/status.ts';
import { submitJob } from '../../../core/job/submit-job.ts';
import { mayMove } from '../../../core/job/transitions.ts';
import { clariveProgress, clariveView, rollbackTextOf } from '../../../core/views/clarive.ts';
import { statusView } from '../../../core/views/status-views.ts';
import type { ViewSubject } from '../../../core/views/view-subject.ts';
import { ROUTES } from '../../../functions/api/routes.ts';
import { failing, JobRun, RECEIVED as SUBMITTED } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { JOB_ID, RECEIVED, sampleJob, sampleOp, sampleSpec } from '../views/sample-job.ts';
import { type Case, describeCases } from './case-file.ts';

/** The statuses of the cases, which are those of Clarive's database, as ours. */
const OURS: Readonly<Record<string, Status>> = {
  'IN-EDIT': 'CREATED',
  READY: 'QUEUED',
  APPROVAL: 'WAITING_APPROVAL',
  RUNNING: 'RUNNING',
  PAUSED: 'PAUSED',
  TRAPPED: 'TRAPPED',
  TRAPPED_PAUSED: 'TRAP_PAUSED',
  RETRYING: 'RUNNING',
  SKIPPING: 'RUNNING',
  FINISHED: 'COMPLETED_OK',
  ERROR: 'FAILED',
  KILLED: 'ABENDED',
  REJECTED: 'REJECTED',
  EXPIRED: 'EXPIRED',
  CANCELLED: 'CANCELED_WHILE_RUNNING',
};

const ONE_OP = [{ name: 'publish' }];

const PRE_RUN_POST = [{ name: 'build', step: 'PRE' }, ...ONE_OP, { name: 'report', step: 'POST' }];

const TWO_OF_PRE = [{ name: 'build', step: 'PRE' }, { name: 'check', step: 'PRE' }, ...ONE_OP];

const REFUSED = { ok: false, refusal: { code: 'CommandRefused' } };

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The case's date has passed; the same one later. */
const FIVE_YEARS_MS = 5 * 365 * DAY_MS;

/** Of a job whose last start has passed a day later. */
const LATE = { schedule: { startWithin: 'PT1H' } };

const GRACE = { actor: 'grace', groups: [], mayApproveAll: false };

const POST_SPEC = jobSpecSchema.parse({
  name: 'publish-site',
  project: 'web',
  ops: [
    { name: 'publish', action: 'publish' },
    { name: 'report', step: 'POST', action: 'report' },
  ],
});

const PRE_SPEC = jobSpecSchema.parse({
  name: 'publish-site',
  project: 'web',
  ops: [{ name: 'build', step: 'PRE', action: 'build' }],
});

const SPEC_WITH_ROLLBACK = sampleSpec('publish');

describeCases(new URL('clarive.json', import.meta.url), {
  'steps-01': ({ expect: wanted }) => {
    expect(['CHECK', ...STEPS.filter((step) => step !== 'END')]).toEqual(wanted['order']);
  },

  'stepTransition-01': ({ expect: wanted }) => {
    const { job } = new JobRun(ONE_OP, { hold: true });
    expect([ours(wanted['status']), wanted['nextStep']]).toEqual([job.status, job.step]);
    const view = statusView('clarive', subject('CREATED', 'INIT'));
    expect([view.status, wanted['status']]).toEqual(['Ready', 'IN-EDIT']);
    expect(view.exact).toBe(false);
  },
  'stepTransition-02': readyIn,
  'stepTransition-11': ({ expect: wanted }) => {
    const { job } = submitJob(
      jobIdSchema.parse(JOB_ID),
      PRE_SPEC,
      { user: 'ada', groups: [] },
      { ...new LineWorld().facts(PRE_SPEC, RECEIVED), lineUp: true },
    );
    expect(clariveView(job)).toMatchObject({ status: 'Ready', exact: true, step: wanted['step'] });
  },
  'stepTransition-05': ({ expect: wanted }) => {
    expect(clariveView(sampleJob('COMPLETED_OK'))).toMatchObject({
      status: 'Finished',
      step: wanted['nextStep'],
    });
  },
  'stepTransition-07': ({ expect: wanted }) => {
    expect(clariveView(sampleJob('COMPLETED_WITH_ERROR'))).toMatchObject({
      status: 'Error',
      exact: true,
      step: wanted['nextStep'],
    });
  },

  'rerun-01': rerunsPost,
  'rerun-02': rerunsPost,
  'rerun-04': needsRestart('rerun-job'),
  'rerun-10': () => expect(paused().rerun('PRE')).toMatchObject(REFUSED),
  'rerun-11': () => expect(trapped().rerun('PRE')).toMatchObject(REFUSED),
  'rerun-13': ({ expect: wanted }) => {
    const ops = [{ name: 'build', step: 'PRE', rollback: { action: 'build' } }, ...ONE_OP];
    const run = new JobRun(ops, { rollback: { onFailure: false } });
    run.play({ publish: failing('Broken') });
    expect(run.job).toMatchObject({ status: 'FAILED', rollback: 'needed' });
    run.rerun(rerunJobBodySchema.parse({}).from);
    expect(clariveView(run.job)).toMatchObject({ status: 'Ready', exact: true, step: wanted['step'] });
    expect(run.job).toMatchObject({ status: ours(wanted['status']), attempt: 2, rollback: 'none' });
  },
  'rerun-14': () => {
    const run = new JobRun(PRE_RUN_POST, {
      schedule: { at: isoOf(SUBMITTED + DAY_MS), startWithin: 'PT1H' },
    });
    run.play({ build: failing('Broken') });
    run.now += 3 * DAY_MS;
    run.rerun('PRE');
    expect(run.job).toMatchObject({ scheduledAt: run.now, maxStartAt: run.now + HOUR_MS });
  },

  'trap-01': answersTrap,
  'trap-02': answersTrap,
  'trap-04': answersTrap,
  'trap-07': answersTrap,
  'trap-08': answersTrap,
  // Overridden: an empty answer is none.
  'trap-05': ({ given }) => {
    expect(answerTrapBodySchema.safeParse({ answer: given['action'] }).success).toBe(false);
  },
  // Overridden: refused and journaled instead of ignored.
  'trap-10': refusesAnswer,
  'trap-11': refusesAnswer,

  'pause-01': () => {
    const { entries } = paused();
    expect(entries.at(-1)).toMatchObject({ kind: 'status', from: 'RUNNING', to: 'PAUSED', step: 'PRE' });
  },
  'pause-02': ({ given, expect: wanted }) => {
    const run = paused();
    expect(run.job.status).toBe(ours(given['status']));
    run.resume();
    expect(run.job.status).toBe(ours(wanted['status']));
    expect(run.entries.at(-1)).toMatchObject({ kind: 'status', from: 'PAUSED', to: 'RUNNING' });
    expect(run.perform(1)).toMatchObject({ kind: 'dispatch' });
  },
  // Overridden: refused as there, without failing the job.
  'pause-05': ({ given }) => {
    const run = new JobRun(ONE_OP, { hold: true });
    expect(run.job.step).toBe(given['step']);
    expect(run.pause()).toMatchObject(REFUSED);
    expect(run.job.status).toBe('CREATED');
  },
  'pause-07': () => {
    const run = paused();
    run.cancel();
    run.recover('Canceled');
    expect(run.finish('recovery')?.job.status).toBe('CANCELED_WHILE_RUNNING');
    expect(run.resume()).toMatchObject(REFUSED);
  },
  'pause-08': ({ given }) => {
    const run = paused();
    run.now += DAY_MS;
    run.endHold();
    run.recover('Canceled');
    expect(run.finish('recovery')?.job).toMatchObject({
      status: ours(given['changedTo']),
      error: { code: 'PauseExpired' },
    });
  },

  'rollback-01': ({ expect: wanted }) => {
    const needed = leftToUndo(SPEC_WITH_ROLLBACK, [sampleOp(0, 'success')]).length > 0;
    expect(needed).toBe(wanted['needed']);
  },
  'rollback-02': ({ expect: wanted }) => {
    for (const ops of [[], [sampleOp(0, 'error')]]) {
      expect(leftToUndo(SPEC_WITH_ROLLBACK, ops).length > 0).toBe(wanted['needed']);
    }
  },
  'rollback-10': () => {
    const run = new JobRun(ONE_OP);
    expect(run.play({ publish: failing('Broken') })).toMatchObject({ status: 'FAILED', rollback: 'none' });
    expect(run.entries.map(({ to }) => to)).not.toContain('ROLLING_BACK');
  },
  'rollback-11': ({ expect: wanted }) => {
    const run = new JobRun([{ name: 'deploy', rollback: { action: 'build' } }, ...ONE_OP]);
    run.play({ publish: failing('Broken'), 'deploy/rollback': failing('Locked') });
    expect(run.job).toMatchObject({ status: ours(wanted['status']), rollback: 'failed' });
    expect(clariveView(run.job)).toMatchObject({
      status: 'Error',
      ...rollbackTextOf({ rollback: 'failed' }),
    });
    expect(rollbackTextOf({ rollback: 'failed' })).toEqual({ rollback: 'Rollback failed' });
    expect('error' in run.job && run.job.error?.message).toContain('manual intervention');
  },
  'rollbackRequest-01': needsRestart('roll-back-job'),
  'rollbackRequest-04': ({ given }) => {
    const run = new JobRun([{ name: 'publish', rollback: { action: 'build' } }, { name: 'check' }]);
    run.perform(0);
    run.complete(0);
    expect(run.job.status).toBe(ours(given['status']));
    expect(run.rollBack()).toMatchObject(REFUSED);
  },

  'expiry-01': ({ expect: wanted }) => {
    const run = new JobRun(ONE_OP, { ...LATE, approval: { approvers: ['user:grace'] } });
    expect(expired(run)).toMatchObject({ from: 'WAITING_APPROVAL', to: ours(wanted['status']) });
  },
  'expiry-02': ({ expect: wanted }) => {
    // What waits in a line reads Ready there.
    const run = new JobRun(ONE_OP, { ...LATE, resources: [{ name: 'transcoder' }] });
    expect(expired(run)).toMatchObject({ from: 'QUEUED', to: ours(wanted['status']) });
    expect('endedAt' in run.job).toBe(wanted['endtimeSet']);
  },
  'expiry-04': (fact) => outlivesItsWindow(paused(LATE), fact),
  'expiry-05': (fact) => outlivesItsWindow(trapped(LATE), fact),
  'expiry-07': doesNotExpire,
  'expiry-08': doesNotExpire,

  'dispatch-01': ({ given, expect: wanted }) => {
    const run = new JobRun([{ name: 'publish', rollback: { action: 'build' } }]);
    run.play();
    run.rollBack();
    expect([run.job.status, run.job.step]).toEqual([ours(given['status']), given['step']]);
    expect(isLive(run.job)).toBe(wanted['started']);
    run.perform(2);
    expect(run.entries.filter(({ kind }) => kind === 'status').at(-1)).toMatchObject({
      from: 'QUEUED',
      to: 'ROLLING_BACK',
    });
  },
  'dispatch-02': ({ expect: wanted }) => {
    const run = new JobRun([{ name: 'build', step: 'PRE', rollback: { action: 'build' } }, ...ONE_OP], {
      schedule: { at: isoOf(SUBMITTED + DAY_MS) },
    });
    run.play();
    run.cancel({ rollback: false });
    run.rollBack();
    expect(run.job.scheduledAt).toBeGreaterThan(run.now);
    expect(isLive(run.job)).toBe(wanted['started']);
    expect(run.play()).toMatchObject({ status: 'ROLLED_BACK', rollback: 'ok' });
  },
  'dispatch-04': ({ expect: wanted }) => {
    const run = new JobRun(ONE_OP, { schedule: { at: isoOf(SUBMITTED + DAY_MS) } });
    expect(isLive(run.job)).toBe(wanted['started']);
  },
  'dispatch-05': ({ expect: wanted }) => {
    const run = new JobRun(ONE_OP, { schedule: { at: isoOf(SUBMITTED + DAY_MS), startWithin: 'P1D' } });
    run.now += DAY_MS + 1;
    run.advance();
    expect(isLive(run.job)).toBe(wanted['started']);
  },
  'dispatch-07': ({ expect: wanted }) => expect(runsPost('RUNNING', 'FAILED', true)).toBe(wanted['started']),
  'dispatch-13': ({ expect: wanted }) => {
    expect(runsPost('CANCELING', 'CANCELED_WHILE_RUNNING', false)).toBe(wanted['started']);
  },

  'killed-01': (fact) => {
    abends(fact);
    expect(clariveView(sampleJob('ABENDED'))).toMatchObject({ status: 'Abend', exact: true });
    expect(clariveView(sampleJob('ABENDED')).dates.endDate !== undefined).toBe(fact.expect['endtimeSet']);
  },
  'killed-02': ({ given, expect: wanted }) => {
    const run = paused();
    expect(run.job.status).toBe(ours(given['status']));
    run.abend();
    expect(run.job.status).toBe(ours(wanted['status']));
  },
  'killed-05': ({ expect: wanted }) => {
    expect(mayMove(ours(wanted['status']), 'ABENDED')).toBe(false);
  },

  // Overridden: cancel takes what the source refuses.
  'cancel-01': cancels,
  'cancel-02': cancels,
  'cancel-04': cancels,
  'cancel-05': () => {
    expect(ruling('QUEUED', 'cancel')).toBe('allowed');
    expect(mayMove('QUEUED', 'CANCELED_BEFORE_START')).toBe(true);
    expect(statusView('clarive', subject('CANCELED_BEFORE_START', 'END')).status).toBe('Canceled');
  },

  'approval-01': ({ expect: wanted }) => {
    const run = new JobRun(ONE_OP, { approval: { approvers: ['user:grace'] } });
    run.command((job, facts) => approveJob(job, GRACE, facts));
    expect(run.entries.at(-1)).toMatchObject({ from: 'WAITING_APPROVAL', to: ours(wanted['status']) });
  },
  'approval-02': (fact) => {
    refuses('approve')(fact);
    const run = new JobRun(ONE_OP);
    const decision = run.command((job, facts) => approveJob(job, GRACE, facts));
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
  },

  'reschedule-01': ({ given, expect: wanted }) => {
    const run = new JobRun(ONE_OP, { schedule: { at: isoOf(SUBMITTED + DAY_MS) } });
    const at = Date.parse(`${String(given['date'])}T${String(given['time'])}Z`) + FIVE_YEARS_MS;
    expect(reschedule(run, at)).toBe(true);
    const { scheduledAt = 0 } = run.job;
    const shown = isoOf(scheduledAt - FIVE_YEARS_MS)
      .replace('T', ' ')
      .replace('.000Z', '');
    expect(shown).toBe(wanted['schedtime']);
  },
  'reschedule-04': ({ expect: wanted }) => {
    const run = new JobRun(ONE_OP, { approval: { approvers: ['user:grace'] } });
    expect(reschedule(run, SUBMITTED + DAY_MS)).toBe(wanted['accepted']);
    expect(run.job).toMatchObject({ status: 'WAITING_APPROVAL', maxStartAt: SUBMITTED + 2 * DAY_MS });
  },
  'reschedule-05': (fact) => {
    refuses('reschedule')(fact);
    const run = new JobRun(ONE_OP);
    run.perform(0);
    expect(reschedule(run, SUBMITTED + DAY_MS)).toBe(fact.expect['accepted']);
  },

  predicate: (fact) => {
    const status = ours(fact.given['status']);
    const completed = status === 'COMPLETED_OK' || status === 'COMPLETED_WITH_WARNINGS';
    expect({
      active: !isSettled(status),
      failed: isSettled(status) && !completed,
      running: classOf(status) === 'running',
    }).toEqual(fact.expect);
  },

  'progress-01': ({ expect: wanted }) => {
    expect(clariveView(sampleJob('COMPLETED_OK', { opsRun: 1 })).progress).toBe(wanted['progress']);
  },
  'progress-02': ({ expect: wanted }) => {
    expect(clariveView(sampleJob('RUNNING', { opsRun: 0 })).progress).toBe(wanted['progress']);
  },
  'progress-04': ({ given, expect: wanted }) => {
    expect(progressOf(given['doneTasks'], given['tasks'])).toBe(wanted['progress']);
  },
  'progress-05': ({ given, expect: wanted }) => {
    expect(progressOf(given['doneTasksOfThisExec'], given['tasks'])).toBe(wanted['progress']);
  },

  'monitorRights-04': needsRestart('rerun-job'),

  'log-02': ({ given, expect: wanted }) => {
    const entry = journalEntrySchema.parse({
      jobId: JOB_ID,
      serial: 1,
      at: RECEIVED,
      kind: 'log',
      message: given['text'],
      actor: 'ada',
      attempt: 1,
      project: 'web',
      step: 'RUN',
    });
    expect(entry.message).toBe(wanted['text']);
  },
});

function ours(theirs: unknown): Status {
  const status = typeof theirs === 'string' ? OURS[theirs] : undefined;
  if (status === undefined) throw new Error(`no status of ours is known for ${String(theirs)}`);
  return status;
}

function subject(status: Status, step: Step): ViewSubject {
  return { status, step, rollback: 'none', stepHasRun: true };
}

/** A job that waits to start with the ops of a step. */
function readyIn({ expect: wanted }: Case): void {
  const step = wanted['nextStep'];
  expect(clariveView(sampleJob('QUEUED', { step }))).toMatchObject({ status: 'Ready', exact: true, step });
}

function refuses(command: Command): (fact: Case) => void {
  return ({ given }) => expect(ruling(ours(given['status']), command)).toBe('refused');
}

/** A job that is paused between its two PRE ops. */
function paused(job: object = {}): JobRun {
  const run = new JobRun(TWO_OF_PRE, job);
  run.perform(0);
  run.pause();
  run.complete(0);
  run.perform(1);
  run.handle(1, 'NotNow');
  return run;
}

/** A job whose only op has failed and waits for an answer. */
function trapped(job: object = {}): JobRun {
  const run = new JobRun([{ name: 'publish', onError: 'trap' }], job);
  run.perform(0);
  run.complete(0, failing('Broken'));
  run.handle(0, 'OpFailed');
  return run;
}

/** The answer is taken, with its comment, and what its word says comes of it; each move is an event. */
function answersTrap({ given, expect: wanted }: Case): void {
  const run = trapped();
  if (given['status'] === 'TRAPPED_PAUSED') run.answer('pause');
  const before = run.job;
  expect(before.status).toBe(ours(given['status']));
  const answer = answerSchema.parse(given['action']);
  run.answer(answer, 'as agreed');
  expect(run.job.lastTrap).toMatchObject({ answer, comment: 'as agreed' });
  const moved = run.entries.filter(({ serial, kind }) => serial > before.logSerial && kind === 'status');
  expect(moved.map(({ from, message }) => [from, message.includes('as agreed')])).toEqual([
    [before.status, true],
  ]);
  if (answer === 'abort') {
    run.recover();
    run.finish('recovery');
  }
  expect(run.job.status).toBe(ours(wanted['status']));
}

const answerSchema = z.enum(['retry', 'skip', 'abort']);

function refusesAnswer({ given, expect: wanted }: Case): void {
  const run = new JobRun(ONE_OP);
  if (given['status'] === 'FINISHED') run.play();
  const before = run.job;
  expect(before.status).toBe(ours(given['status']));
  expect(run.answer(answerSchema.parse(given['action']))).toMatchObject({ answer: { kind: 'refused' } });
  expect(run.job.status).toBe(ours(wanted['status']));
  expect(run.entries.at(-1)).toMatchObject({ kind: 'note', serial: before.logSerial + 1 });
}

function rerunsPost({ given, expect: wanted }: Case): void {
  const run = new JobRun(PRE_RUN_POST);
  run.play({ report: failing('NoPaper') });
  expect(clariveView(run.job).status).toBe('Error');
  const { length } = run.tries;
  const from = z.enum(RERUN_FROM).parse(given['rerunFrom']);
  run.rerun(from);
  run.play();
  expect(run.tries.slice(length)).toEqual(from === 'PRE' ? ['build', 'publish', 'report'] : ['report']);
  expect(run.job.status).toBe(ours(wanted['POST']));
}

/** Refused without job.restart, also to the owner of the job, and to nobody who has it. */
function needsRestart(route: 'rerun-job' | 'roll-back-job'): () => void {
  const { permission } = ROUTES[route];
  const job = { project: 'web', owner: 'ada' };
  return () => {
    expect(permission).toBe('job.restart');
    for (const role of ROLES) {
      const refusal = refusedOnJob({ user: 'ada', groups: [`web:${role}`] }, permission, job);
      const isPermitted = role === 'operator' || role === 'admin';
      expect([role, refusal?.refusal.code]).toEqual([role, isPermitted ? undefined : 'Forbidden']);
    }
  };
}

/** What has started does not expire when its last start has passed. */
function outlivesItsWindow(run: JobRun, { given, expect: wanted }: Case): void {
  expect(run.job.status).toBe(ours(given['status']));
  run.now += 2 * HOUR_MS;
  expect(run.job.maxStartAt).toBeLessThan(run.now);
  run.advance();
  run.endHold();
  expect(run.job.status).toBe(ours(wanted['status']));
}

/** The entry with which a job expires whose last start has passed. */
function expired(run: JobRun) {
  run.now += DAY_MS;
  run.advance();
  return run.entries.at(-1);
}

/** Whether another date is accepted. */
function reschedule(run: JobRun, at: number): boolean {
  return run.command((job, facts) => rescheduleJob(job, [], { actor: 'ada', at }, facts)).ok;
}

function doesNotExpire({ given }: Case): void {
  expect(mayMove(ours(given['status']), 'EXPIRED')).toBe(false);
}

function abends({ given, expect: wanted }: Case): void {
  expect(mayMove(ours(given['status']), ours(wanted['status']))).toBe(true);
}

function cancels({ given }: Case): void {
  expect(ruling(ours(given['status']), 'cancel')).toBe('allowed');
}

/** Whether the POST op is among what the execution still has to run. */
function runsPost(status: 'RUNNING' | 'CANCELING', end: string, post: boolean): boolean {
  const decided = { status: end, retryable: false, undo: false, post };
  const job = sampleJob(status, { opsTotal: 2, decided });
  if (!isLive(job)) throw new Error(`a job that is ${status} is live`);
  return remainingPlan(job, POST_SPEC, [sampleOp(0, 'error')]).includes(1);
}

function progressOf(done: unknown, total: unknown): number {
  return clariveProgress({ opsRun: z.int().parse(done), opsTotal: z.int().parse(total), finished: false });
}
