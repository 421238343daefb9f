import { describe, expect, it } from 'vitest';
import { newGroup } from '../../../core/children/group.ts';
import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { AdvanceFacts } from '../../../core/job/advance-job.ts';
import { answerTrap } from '../../../core/job/answer-trap.ts';
import { approveJob, rejectJob } from '../../../core/job/approve-job.ts';
import { cancelJob } from '../../../core/job/cancel-job.ts';
import type { Change, Decision } from '../../../core/job/change.ts';
import { changePriority } from '../../../core/job/change-priority.ts';
import { COMMANDS, type Command, possibleCommands, ruling } from '../../../core/job/commands.ts';
import { confirmJob } from '../../../core/job/confirm-job.ts';
import { deleteJob } from '../../../core/job/delete-job.ts';
import { type Job, jobSchema } from '../../../core/job/job.ts';
import { addNote } from '../../../core/job/journal-notes.ts';
import { requestPause } from '../../../core/job/request-pause.ts';
import { rerunJob } from '../../../core/job/rerun-job.ts';
import { rescheduleJob } from '../../../core/job/reschedule-job.ts';
import { resumeJob } from '../../../core/job/resume-job.ts';
import { rollBackJob } from '../../../core/job/roll-back-job.ts';
import { classOf, isSettled, STATUSES } from '../../../core/job/status.ts';
import { type Op, opSchema } from '../../../core/op/op.ts';
import { runId, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { ENDED, type JobStatus, sampleJob, sampleOp } from '../views/sample-job.ts';

/**
 * What each command leads to, by hand: the status that follows, `=` where it stays, `-` where it is
 * refused. BEFORE, WHILE and AFTER are the three CANCELED_*. A trap is answered `skip`; a rerun is from
 * PRE; a date lies a day ahead. Something is left to undo of every settled job, and an op of every other
 * has not begun. QUEUED stands for three rows.
 */
const TABLE = `
STATUS                  confirm approve reject   reschedule cancel    force     pause resume  trap    rerun  priority delete rollback note
CREATED                 QUEUED  -       -        SCHEDULED  BEFORE    BEFORE    -     -       -       -      =        -      -        =
SCHEDULED               -       -       -        =          BEFORE    BEFORE    -     -       -       -      =        -      -        =
PENDING                 -       -       -        SCHEDULED  BEFORE    BEFORE    -     -       -       -      =        -      -        =
QUEUED(slot)            -       -       -        SCHEDULED  BEFORE    BEFORE    -     -       -       -      =        -      -        =
QUEUED(starting)        -       -       -        -          BEFORE    BEFORE    =     =       -       -      -        -      -        =
QUEUED(regaining)       -       -       -        -          CANCELING WHILE     =     =       -       -      =        -      -        =
WAITING_APPROVAL        -       QUEUED  REJECTED =          BEFORE    BEFORE    -     -       -       -      =        -      -        =
WAITING_DEPENDENCY      -       -       -        SCHEDULED  BEFORE    BEFORE    -     -       -       -      =        -      -        =
WAITING_LOCK            -       -       -        SCHEDULED  BEFORE    BEFORE    -     -       -       -      =        -      -        =
RUNNING                 -       -       -        -          CANCELING WHILE     =     =       -       -      =        -      -        =
CHILD_QUEUED            -       -       -        -          CANCELING WHILE     =     =       -       -      =        -      -        =
CHILD_RUNNING           -       -       -        -          CANCELING WHILE     =     =       -       -      =        -      -        =
PAUSED                  -       -       -        -          CANCELING WHILE     -     RUNNING -       -      =        -      -        =
TRAPPED                 -       -       -        -          CANCELING WHILE     -     -       RUNNING -      =        -      -        =
TRAP_PAUSED             -       -       -        -          CANCELING WHILE     -     -       RUNNING -      =        -      -        =
CANCELING               -       -       -        -          -         WHILE     -     -       -       -      -        -      -        =
ROLLING_BACK            -       -       -        -          -         FAILED    -     -       -       -      -        -      -        =
REJECTED                -       -       -        -          AFTER     AFTER     -     -       -       QUEUED -        =      QUEUED   =
EXPIRED                 -       -       -        SCHEDULED  AFTER     AFTER     -     -       -       QUEUED -        =      QUEUED   =
COMPLETED_OK            -       -       -        -          -         -         -     -       -       QUEUED -        =      QUEUED   =
COMPLETED_WITH_WARNINGS -       -       -        -          -         -         -     -       -       QUEUED -        =      QUEUED   =
COMPLETED_WITH_ERROR    -       -       -        -          AFTER     AFTER     -     -       -       QUEUED -        =      QUEUED   =
FAILED_TO_START         -       -       -        -          AFTER     AFTER     -     -       -       QUEUED -        =      QUEUED   =
FAILED                  -       -       -        -          AFTER     AFTER     -     -       -       QUEUED -        =      QUEUED   =
FAILED_RETRYABLE        -       -       -        -          AFTER     AFTER     -     -       -       QUEUED -        =      QUEUED   =
TIMED_OUT               -       -       -        -          AFTER     AFTER     -     -       -       QUEUED -        =      QUEUED   =
ABENDED                 -       -       -        -          AFTER     AFTER     -     -       -       QUEUED -        =      QUEUED   =
CANCELED_BEFORE_START   -       -       -        -          -         -         -     -       -       -      -        =      QUEUED   =
CANCELED_WHILE_RUNNING  -       -       -        -          -         -         -     -       -       -      -        =      QUEUED   =
CANCELED_AFTER_FAILURE  -       -       -        -          -         -         -     -       -       -      -        =      QUEUED   =
ROLLED_BACK             -       -       -        -          -         -         -     -       -       -      -        =      QUEUED   =
`;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['BEFORE', 'CANCELED_BEFORE_START'],
  ['WHILE', 'CANCELED_WHILE_RUNNING'],
  ['AFTER', 'CANCELED_AFTER_FAILURE'],
]);

const [HEAD = [], ...ROWS] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

const DAY_MS = 24 * 3_600_000;
const NOW = ENDED;
const SAID = { actor: 'grace', comment: 'as agreed' };
const GRACE = { ...SAID, groups: [], mayApproveAll: true };
const CANCEL = { actor: 'grace', onlyIfQueued: false, rollback: true };

const undone = { rollback: { action: 'build' } };
const OPS = [{ name: 'one', ...undone }, { name: 'two', ...undone }, { name: 'three' }];
const SPEC = specOf(OPS);
/** Whose approval is waited for; every other job needs none. */
const APPROVED = specOf(OPS, { approval: { approvers: ['user:grace'] } });
/** The second op is one of children. */
const PARENT = specOf([
  { name: 'one', ...undone },
  {
    name: 'two',
    children: { items: [1, 2], job: { name: 'child', ops: [{ name: 'step', action: 'build' }] } },
  },
  { name: 'three' },
]);

/** What a command is decided on. */
interface Situation {
  readonly job: Job;
  readonly spec: JobSpec;
  readonly ops: readonly Op[];
  readonly facts: AdvanceFacts;
}

/** The commands, given as a person gives them. */
const GIVE: Readonly<Record<Command, (on: Situation) => Decision<unknown>>> = {
  confirm: ({ job, facts }) => confirmJob(job, SAID, facts),
  approve: ({ job, facts }) => approveJob(job, GRACE, facts),
  reject: ({ job, facts }) => rejectJob(job, GRACE, facts),
  reschedule: ({ job, ops, facts }) => rescheduleJob(job, ops, { ...SAID, at: NOW + DAY_MS }, facts),
  cancel: ({ job, ops, facts }) => cancelJob(job, ops, { ...CANCEL, force: false }, facts),
  force: ({ job, ops, facts }) => cancelJob(job, ops, { ...CANCEL, force: true }, facts),
  pause: ({ job }) => requestPause(job, SAID, NOW),
  resume: ({ job, ops }) => resumeJob(job, ops, SAID, NOW),
  trap: ({ job, spec, ops }) => answered(answerTrap(job, spec, ops, { ...SAID, answer: 'skip' }, NOW)),
  rerun: ({ job, spec, ops, facts }) =>
    rerunJob(job, spec, ops, { ...SAID, from: 'PRE', runNow: false }, facts),
  priority: ({ job, ops, facts }) => changePriority(job, ops, { actor: 'grace', priority: 7 }, facts),
  delete: ({ job }) => deleteJob(job, 'grace', NOW),
  rollback: ({ job, spec, ops, facts }) => rollBackJob(job, spec, ops, SAID, facts),
  note: ({ job }) => ({
    ok: true,
    change: addNote(job, { actor: 'grace', comment: 'hello' }, NOW),
    answer: null,
  }),
};

/** A refused answer is journaled; it is a refusal all the same. */
function answered(decision: ReturnType<typeof answerTrap>): Decision<unknown> {
  return decision.ok && decision.answer.kind === 'refused'
    ? { ok: false, refusal: decision.answer.refusal }
    : decision;
}

function statusOf(row: string): JobStatus {
  const [name] = row.split('(');
  const status = STATUSES.find((known) => known === name);
  if (status === undefined) throw new Error(`no job can be ${row}`);
  return status;
}

function situation(row: string, overrides: object = {}, spec?: JobSpec): Situation {
  const status = statusOf(row);
  if (PARENTS.includes(row)) return parentSituation(row, overrides);
  const waits = {
    segment: undefined,
    liveness: undefined,
    group: 'RUN',
    since: NOW,
    waitReason: 'slot',
    segments: 0,
  };
  const job = sampleJob(status, { ...(row === 'QUEUED(slot)' ? waits : {}), ...overrides });
  const of = spec ?? (status === 'WAITING_APPROVAL' ? APPROVED : SPEC);
  return { job, spec: of, ops: opsOf(job), facts: new LineWorld().facts(of, NOW) };
}

const PARENTS: readonly string[] = ['CHILD_QUEUED', 'CHILD_RUNNING', 'QUEUED(regaining)'];
const SLOT = { scope: 'web', kind: 'slot', name: 'default' } as const;
const SLOT_NEED = 1;

/** It gave its slot back; once its children have ended it stands in line for it again. */
function parentSituation(row: string, overrides: object): Situation {
  const world = new LineWorld();
  world.setQueue({ maxRunning: 1 }, NOW);
  world.occupy(SLOT, 1, runId(900), NOW);
  world.occupy(SLOT, 1, sampleJob('CHILD_QUEUED').id, NOW);
  const slot = { need: SLOT_NEED, rank: world.line(SLOT).first[0]?.rank };
  const regains = {
    waitReason: 'regaining',
    since: NOW,
    place: slot,
    startedAt: NOW - 1,
    activeOp: 1,
  };
  const waits = { activeOp: 1, children: { op: 1, try: 1 } };
  const own = row === 'QUEUED(regaining)' ? regains : waits;
  const job = sampleJob(statusOf(row), { ...own, slot, ...overrides });
  const group = newGroup({ jobId: job.id, attempt: 1, op: 1, try: 1 }, 'run', 2);
  const ops = [sampleOp(0, 'success'), sampleOp(1, 'running', { action: 'children' })];
  return { job, spec: PARENT, ops, facts: { ...world.facts(PARENT, NOW), group } };
}

/** The ops of a job of this status, as they would be stored. */
function opsOf(job: Job): readonly Op[] {
  if (classOf(job.status) === 'waiting' || job.status === 'WAITING_APPROVAL') return [];
  if (isSettled(job.status)) return [sampleOp(0, 'success'), sampleOp(1, 'error')];
  if (job.status === 'PAUSED') return [sampleOp(0, 'queued')];
  if (job.status === 'TRAPPED' || job.status === 'TRAP_PAUSED') {
    return [sampleOp(0, 'tried', { held: true, decision: { kind: 'trapped' }, token: 'kept' })];
  }
  return [sampleOp(0, 'success'), sampleOp(1, 'running')];
}

const cells = ROWS.flatMap(([row = '', ...words]) =>
  COMMANDS.map((command) => [row, command, words[HEAD.indexOf(command) - 1] ?? ''] as const),
);

function wanted(row: string, word: string): string {
  return word === '=' ? statusOf(row) : (SHORT.get(word) ?? word);
}

/** Its own words for that, which are Ganeti's. */
const WORDED_ELSEWHERE: ReadonlySet<Command> = new Set(['priority']);

describe('the command table, on real jobs', () => {
  it('has a row for every status that a job can have, and a column for every command', () => {
    expect(HEAD.slice(1).toSorted()).toEqual(COMMANDS.toSorted());
    expect(new Set(ROWS.map(([row = '']) => statusOf(row)))).toEqual(new Set(STATUSES));
    expect(ROWS.map((row) => row.length)).toEqual(ROWS.map(() => HEAD.length));
  });

  it.each(cells.filter(([, , word]) => word !== '-'))('%s takes %s: %s', (row, command, word) => {
    const on = situation(row);
    const decision = GIVE[command](on);
    if (!decision.ok) throw new Error(decision.refusal.detail);
    expect(decision.change?.job.status ?? on.job.status).toBe(wanted(row, word));
    if (decision.change !== null) expectCommittable(on, decision.change);
  });

  it.each(cells.filter(([, , word]) => word === '-'))('%s refuses %s', (row, command) => {
    const on = situation(row);
    const decision = GIVE[command](on);
    if (decision.ok) throw new Error(`it was taken, to ${decision.change?.job.status ?? 'nothing'}`);
    expect(decision.refusal.code).toBe('CommandRefused');
    expect(decision.refusal.detail).toContain(on.job.id);
    if (WORDED_ELSEWHERE.has(command)) return;
    if (row === 'QUEUED(starting)' && command === 'reschedule') {
      expect(decision.refusal.detail).toContain('is starting');
      expect(decision.refusal.detail).toContain('possible: cancel');
      return;
    }
    // One that regains its slot takes what a running one does.
    const possible = possibleCommands(row === 'QUEUED(regaining)' ? 'RUNNING' : on.job.status);
    expect(decision.refusal.detail).toContain(on.job.status);
    expect(decision.refusal.detail).toContain(`possible: ${possible.join(', ')}`);
  });

  it.each(cells)('%s and %s agree with what is said to be possible: %s', (row, command, word) => {
    const ruled = ruling(statusOf(row), command);
    if (ruled !== 'conditional')
      expect([row, command, ruled === 'allowed']).toEqual([row, command, word !== '-']);
  });
});

describe('what depends on the job and not on its status alone', () => {
  const strict = { ...SPEC, rerunPolicy: 'strict' as const };

  it.each(['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS'])(
    '%s does not run again under rerunPolicy strict',
    (row) => {
      const decision = GIVE.rerun(situation(row, {}, strict));
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    },
  );

  it.each(STATUSES.filter(isSettled))('%s is not rolled back where nothing is left to undo', (row) => {
    const decision = GIVE.rollback({ ...situation(row), ops: [sampleOp(0, 'error')] });
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'NothingToUndo' } });
  });

  it.each(['RUNNING', ...PARENTS, 'PAUSED', 'TRAPPED', 'TRAP_PAUSED'])(
    '%s keeps its priorities where all ops have begun',
    (row) => {
      const ops = [sampleOp(0, 'success'), sampleOp(1, 'success'), sampleOp(2, 'running')];
      const decision = GIVE.priority({ ...situation(row), ops });
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'NothingPending' } });
    },
  );

  it.each(['RUNNING', 'QUEUED(starting)', ...PARENTS])(
    '%s that is to pause is asked again for nothing, and takes resume',
    (row) => {
      const on = situation(row, { pauseRequested: { actor: 'ada' } });
      expect(GIVE.pause(on)).toEqual({ ok: true, change: null, answer: null });
      const resumed = GIVE.resume(on);
      expect(resumed.ok && resumed.change?.job).not.toHaveProperty('pauseRequested');
      expect(resumed).toMatchObject({ change: { job: { status: statusOf(row) } } });
    },
  );

  it.each(cells.filter(([row]) => ROW_MAY_END.has(row)))(
    '%s that only waits for what it holds takes of all commands a force and a note: %s',
    (row, command) => {
      const on = situation(row, { ending: ENDING });
      const decision = GIVE[command](on);
      expect(decision.ok).toBe(command === 'force' || command === 'note');
      if (!decision.ok && !WORDED_ELSEWHERE.has(command)) {
        expect(decision.refusal.detail).toContain('is ending as CANCELED_WHILE_RUNNING');
      }
    },
  );
});

describe('a child', () => {
  const parent = { id: runId(1), attempt: 1, op: 1, try: 1, child: 0, depth: 1 };
  const asChild = { parent, root: runId(1), origin: 'parent' };
  const ALONE: ReadonlySet<Command> = new Set(['rerun', 'rollback', 'delete']);
  const settled = cells.filter(([row]) => isSettled(statusOf(row)));

  it.each(settled.filter(([, command, word]) => word !== '-' && ALONE.has(command)))(
    'that is %s takes no %s by itself, and says whose it is',
    (row, command) => {
      const decision = GIVE[command](situation(row, asChild));
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'ChildOfParent' } });
      if (!decision.ok) expect(decision.refusal.detail).toContain(`a child of job ${parent.id}`);
    },
  );

  it('that has expired takes no new date', () => {
    const decision = GIVE.reschedule(situation('EXPIRED', asChild));
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'ChildOfParent' } });
  });

  it.each(cells.filter(([, command, word]) => word !== '-' && !ALONE.has(command)))(
    'that is %s takes %s as any other job: %s',
    (row, command, word) => {
      if (row === 'EXPIRED' && command === 'reschedule') return;
      const on = situation(row, asChild);
      const decision = GIVE[command](on);
      if (!decision.ok) throw new Error(decision.refusal.detail);
      expect(decision.change?.job.status ?? on.job.status).toBe(wanted(row, word));
      if (decision.change !== null) expectCommittable(on, decision.change);
    },
  );

  it.each(cells.filter(([row, , word]) => !isSettled(statusOf(row)) && ENDS.has(word)))(
    'that is %s and ends by %s has its parent count that: %s',
    (row, command) => {
      const decision = GIVE[command](situation(row, asChild));
      // Whose own children have not ended is counted after them.
      const counts = PARENTS.includes(row) && row !== 'QUEUED(regaining)' ? 0 : 1;
      const owed = decision.ok ? decision.change?.job.owed.filter(({ kind }) => kind === 'count') : undefined;
      expect(owed).toHaveLength(counts);
    },
  );
});

/** Words of the table for an end. */
const ENDS: ReadonlySet<string> = new Set(['BEFORE', 'WHILE', 'REJECTED', 'FAILED']);

describe('a job that was cut off before all of its children had ended', () => {
  const withChildren = { children: { op: 1, try: 1 } };
  const CUT_OFF = ['ABENDED', 'CANCELED_WHILE_RUNNING', 'FAILED', 'COMPLETED_WITH_ERROR'];
  const BEFORE: ReadonlySet<Command> = new Set(['rerun', 'rollback', 'delete']);

  it.each(
    cells.filter(([row, command, word]) => CUT_OFF.includes(row) && BEFORE.has(command) && word !== '-'),
  )('and is %s takes no %s before', (row, command) => {
    const decision = GIVE[command](situation(row, withChildren));
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'ChildrenUnsettled' } });
    if (!decision.ok) expect(decision.refusal.detail).toContain('/children');
  });

  it('is closed by a cancel all the same', () => {
    const decision = GIVE.cancel(situation('ABENDED', withChildren));
    expect(decision).toMatchObject({
      change: { job: { status: 'CANCELED_AFTER_FAILURE', ...withChildren } },
    });
  });
});

const ENDING = {
  status: 'CANCELED_WHILE_RUNNING',
  cancel: { actor: 'ada' },
  rollback: 'none',
  actor: 'ada',
  message: 'Job ended',
};
const ROW_MAY_END: ReadonlySet<string> = new Set(['RUNNING', 'QUEUED(slot)', 'QUEUED(starting)', 'CREATED']);

/** What any commit must be. */
function expectCommittable({ job }: Situation, change: Change): void {
  expect(change.before).toBe(job.version);
  expect(change.job).toMatchObject({
    version: job.version + 1,
    logSerial: job.logSerial + change.entries.length,
  });
  expect(jobSchema.parse(change.job)).toEqual(jobSchema.parse(change.job));
  for (const { op } of change.ops) opSchema.parse(op);
  expect(change.entries.every(({ serial }, position) => serial === job.logSerial + 1 + position)).toBe(true);
}
