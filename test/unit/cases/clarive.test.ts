import { expect } from 'vitest';
import * as z from 'zod';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { approveJob } from '../../../core/job/approve-job.ts';
import { type Command, ruling } from '../../../core/job/commands.ts';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import { isoOf } from '../../../core/job/instant.ts';
import { isLive, STEPS, type Step } from '../../../core/job/job.ts';
import { journalEntrySchema } from '../../../core/job/journal-entry.ts';
import { remainingPlan, toUndo } from '../../../core/job/plan.ts';
import { rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { classOf, isSettled, type Status } from '../../../core/job/status.ts';
import { submitJob } from '../../../core/job/submit-job.ts';
import { mayMove } from '../../../core/job/transitions.ts';
import { clariveProgress, clariveView, rollbackTextOf } from '../../../core/views/clarive.ts';
import { statusView } from '../../../core/views/status-views.ts';
import type { ViewSubject } from '../../../core/views/view-subject.ts';
import { JobRun, RECEIVED as SUBMITTED } from '../../support/job-run.ts';
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

const DAY_MS = 24 * 60 * 60 * 1000;

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

  'rerun-10': refuses('rerun'),
  'rerun-11': refuses('rerun'),

  'trap-01': answersTrap,
  'trap-02': answersTrap,
  'trap-04': answersTrap,
  'trap-07': answersTrap,
  'trap-08': answersTrap,
  // Overridden: refused instead of ignored.
  'trap-10': refuses('trap'),
  'trap-11': refuses('trap'),

  'pause-02': (fact) => {
    expect(ruling('PAUSED', 'resume')).toBe('allowed');
    expect(mayMove('PAUSED', ours(fact.expect['status']))).toBe(true);
  },
  // Overridden: refused as there, without failing the job.
  'pause-05': () => expect(ruling('CREATED', 'pause')).toBe('refused'),
  'pause-07': () => {
    expect(ruling('PAUSED', 'cancel')).toBe('allowed');
    expect(mayMove('PAUSED', 'CANCELING')).toBe(true);
  },
  'pause-08': () => expect(mayMove('PAUSED', 'FAILED')).toBe(true),

  'rollback-01': ({ expect: wanted }) => {
    const needed = toUndo(SPEC_WITH_ROLLBACK, [sampleOp(0, 'success')]).length > 0;
    expect(needed).toBe(wanted['needed']);
  },
  'rollback-02': ({ expect: wanted }) => {
    for (const ops of [[], [sampleOp(0, 'error')]]) {
      expect(toUndo(SPEC_WITH_ROLLBACK, ops).length > 0).toBe(wanted['needed']);
    }
  },
  'rollback-10': () => {
    expect(toUndo(SPEC_WITH_ROLLBACK, [sampleOp(0, 'error')])).toEqual([]);
    expect(mayMove('RUNNING', 'FAILED')).toBe(true);
  },
  'rollback-11': () => {
    const view = statusView('clarive', { ...subject('FAILED', 'END'), rollback: 'failed' });
    expect(view.status).toBe('Error');
    expect(rollbackTextOf({ rollback: 'failed' })).toEqual({ rollback: 'Rollback failed' });
    expect(mayMove('ROLLING_BACK', 'FAILED')).toBe(true);
  },
  'rollbackRequest-04': refuses('rollback'),

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
  'expiry-04': doesNotExpire,
  'expiry-05': doesNotExpire,
  'expiry-07': doesNotExpire,
  'expiry-08': doesNotExpire,

  'dispatch-01': () => expect(mayMove('QUEUED', 'ROLLING_BACK')).toBe(true),
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
  'killed-02': abends,
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

function answersTrap({ given, expect: wanted }: Case): void {
  const trapped = ours(given['status']);
  expect(ruling(trapped, 'trap')).toBe('allowed');
  expect(mayMove(trapped, ours(wanted['status']))).toBe(true);
}

/** The entry with which a job expires whose last start has passed. */
function expired(run: JobRun) {
  run.now += DAY_MS;
  run.advance();
  return run.entries.at(-1);
}

/** Whether another date is accepted. */
function reschedule(run: JobRun, at: number): boolean {
  return run.command((job, facts) => rescheduleJob(job, { actor: 'ada', at }, facts)).ok;
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
