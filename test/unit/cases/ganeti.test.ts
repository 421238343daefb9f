import { expect } from 'vitest';
import * as z from 'zod';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { parseInput } from '../../../core/contract/parse-input.ts';
import { changePriority as decidePriority } from '../../../core/job/change-priority.ts';
import { isLive } from '../../../core/job/job.ts';
import { remainingPlan } from '../../../core/job/plan.ts';
import { STATUSES } from '../../../core/job/status.ts';
import { mayMove } from '../../../core/job/transitions.ts';
import { OP_STATUSES, type OpStatus, opViews } from '../../../core/op/op-view.ts';
import { calcPriority } from '../../../core/views/ganeti/calc-priority.ts';
import { calcStatus } from '../../../core/views/ganeti/calc-status.ts';
import { cancel } from '../../../core/views/ganeti/cancel.ts';
import { changePriority } from '../../../core/views/ganeti/change-priority.ts';
import { GANETI } from '../../../core/views/ganeti/constants.ts';
import type { GanetiJob, GanetiLogEntry, GanetiTime } from '../../../core/views/ganeti/ganeti-job.ts';
import { ganetiJobOf } from '../../../core/views/ganeti/ganeti-job-of.ts';
import { getLogEntries } from '../../../core/views/ganeti/get-log-entries.ts';
import { logSerial } from '../../../core/views/ganeti/log-serial.ts';
import { markUnfinishedOps } from '../../../core/views/ganeti/mark-unfinished-ops.ts';
import { restore, serialize } from '../../../core/views/ganeti/serialized-job.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { type JobStatus, sampleJob, sampleOp, sampleSpec } from '../views/sample-job.ts';
import { type Case, describeCases } from './case-file.ts';

const OTHER = runId(900);

const NOW: GanetiTime = [1_793_520_000, 250_000];

const status = z.enum(OP_STATUSES);

const withPriority = z.object({ status, priority: z.int() });

/** What our messages say where a case gives the reason in other words. */
const MESSAGES: Readonly<Record<string, RegExp>> = {
  'pending opcodes changed': /^Priorities of pending opcodes for job 7 have been changed to -?\d+$/,
  finished: /^Job 7 is finished$/,
  'no pending opcodes': /^Job 7 had no pending opcodes$/,
  canceled: /^Job 7 canceled$/,
  'will be canceled': /^Job 7 will be canceled$/,
  'no longer waiting in the queue': /^Job 7 is no longer waiting in the queue$/,
};

describeCases(new URL('ganeti.json', import.meta.url), {
  calcStatus: ({ given, expect: wanted }) => {
    expect(calcStatus(z.array(status).parse(given['ops']))).toBe(wanted['jobStatus']);
  },

  calcPriority: ({ given, expect: wanted }) => {
    expect(calcPriority(z.array(withPriority).parse(given['ops']))).toBe(wanted['priority']);
  },

  changePriority: ({ given, expect: wanted }) => {
    const job = jobOf(z.array(withPriority).parse(given['ops']));
    const answer = changePriority(job, z.int().parse(given['newPriority']));
    if (wanted['error'] !== undefined) {
      expect(answer).toMatchObject({ ok: false, job });
      return;
    }
    expect(answer.ok).toBe(wanted['ok']);
    expect(answer.message).toMatch(messageFor(wanted['reason']));
    expect(answer.job.ops.map((op) => op.priority)).toEqual(wanted['prioritiesAfter']);
    expect(answer.job.ops.map((op) => op.status)).toEqual(job.ops.map((op) => op.status));
  },

  cancel: ({ given, expect: wanted }) => {
    const answer = cancel(jobOf(statusesOf(given['ops'])), NOW);
    const after = answer.job.ops.map((op) => op.status);
    expect(answer.ok).toBe(wanted['ok']);
    expect(answer.message).toMatch(messageFor(wanted['reason']));
    expect(after).toEqual(wanted['opsAfter']);
    expect(calcStatus(after)).toBe(wanted['jobStatus']);
    expect(answer.job.endTimestamp !== null).toBe(wanted['endTimestampSet'] ?? false);
    expect(answer.job.startTimestamp).toBeNull();
  },

  markUnfinishedOps: ({ given, expect: wanted }) => {
    const job = jobOf(statusesOf(given['ops']));
    const marked = markUnfinishedOps(job, status.parse(given['status']), given['result'] ?? null);
    expect(marked.ops.map((op) => op.status)).toEqual(wanted['opsAfter']);
    const wasFinal = job.ops.map((op) => GANETI.finalized.has(op.status));
    expect(marked.ops.map((op) => op.result)).toEqual(
      wasFinal.map((final) => (final ? null : given['result'])),
    );
  },

  getLogEntries: ({ given, expect: wanted }) => {
    const logs = z.array(z.array(z.tuple([z.int(), z.string()]))).parse(given['opLogs']);
    const entries = logs.flat().map(([serial, message]) => logEntry(serial, message));
    const newer = getLogEntries(entries, z.int().nullable().parse(given['newerThan']));
    expect(newer.map(({ serial }) => serial)).toEqual(wanted['serials']);
  },

  'getLogEntries-08': ({ given, expect: wanted }) => {
    const messages = z.int().parse(given['messages']);
    const log = Array.from({ length: messages }, (_, index) => logEntry(index + 1, `message ${index + 1}`));
    const [first, second] = jobOf(['queued', 'queued']).ops;
    if (first === undefined || second === undefined) throw new Error('a job of two ops has two ops');
    const job = {
      ...jobOf(['queued', 'queued']),
      ops: [
        { ...first, log: log.slice(0, 3) },
        { ...second, log: log.slice(3) },
      ],
    };
    expect(logSerial(restored(serialize(job)))).toBe(wanted['logSerial']);
  },

  'createRestore-01': () => {
    const answer = parseInput(jobSpecSchema, { name: 'empty', project: 'web', ops: [] });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'InvalidValue' } });
    expect(restore({ ...serialize(jobOf(['queued'])), ops: [] })).toMatchObject({ ok: false });
  },

  'createRestore-02': ({ given, expect: wanted }) => {
    const names = Array.from({ length: z.int().parse(given['ops']) }, (_, index) => `op-${index}`);
    const job = ganetiJobOf(sampleJob('QUEUED'), sampleSpec(...names), [], []);
    expect({
      status: calcStatus(job.ops.map((op) => op.status)),
      priority: calcPriority(job.ops),
      logSerial: logSerial(job),
      receivedSet: job.receivedTimestamp !== null,
      startSet: job.startTimestamp !== null,
      endSet: job.endTimestamp !== null,
      archived: false,
    }).toEqual(wanted);
  },

  'createRestore-07': ({ expect: wanted }) => {
    const [op] = ganetiJobOf(sampleJob('QUEUED'), sampleSpec('only'), [], []).ops;
    expect({
      status: op?.status,
      priority: op?.priority,
      log: op?.log,
      result: op?.result,
      start: op?.startTimestamp,
      exec: op?.execTimestamp,
      end: op?.endTimestamp,
      dryRun: false,
    }).toEqual(wanted);
  },

  'createRestore-08': ({ expect: wanted }) => {
    const spec = jobSpecSchema.parse({
      name: 'urgent',
      project: 'web',
      ops: [{ name: 'only', action: 'log', priority: -10 }],
    });
    const job = ganetiJobOf(sampleJob('QUEUED'), spec, [], []);
    expect(job.ops[0]).toMatchObject({ priority: wanted['priority'], status: wanted['status'] });
    expect(restored(serialize(job)).ops[0]?.priority).toBe(wanted['afterRestore']);
  },

  'createRestore-10': ({ expect: wanted }) => {
    const { ops, id } = serialize(jobOf(['queued']));
    const old = ops.map(({ input, status: text, result, log }) => ({ input, status: text, result, log }));
    const job = restored({ id, ops: old });
    expect(job).toMatchObject({ receivedTimestamp: null, startTimestamp: null, endTimestamp: null });
    const [op] = job.ops;
    expect({ start: op?.startTimestamp, exec: op?.execTimestamp, end: op?.endTimestamp }).toEqual(wanted);
  },

  'constants-01': ({ expect: wanted }) => {
    expect(GANETI).toMatchObject({
      lowestPriority: wanted['lowest'],
      highestPriority: wanted['highest'],
      defaultPriority: wanted['normal'],
    });
    expect([...GANETI.finalized].sort()).toEqual(sorted(wanted['jobsFinalized']));
    expect([...GANETI.finalized].sort()).toEqual(sorted(wanted['opsFinalized']));
    expect([...GANETI.pending].sort()).toEqual(sorted(wanted['jobsPending']));
    for (const priority of z.array(z.int()).parse(wanted['submitValid'])) {
      const spec = { name: 'urgent', project: 'web', priority, ops: [{ name: 'only', action: 'log' }] };
      expect(parseInput(jobSpecSchema, spec)).toMatchObject({ ok: true });
    }
  },

  'processor-05': failsAtFirst,
  'processor-07': failsAtFirst,
  'processor-08': failsAtFirst,

  'processor-10': () => {
    for (const end of ['COMPLETED_OK', 'FAILED', 'CANCELED_WHILE_RUNNING'] as const) {
      expect(mayMove(end, 'RUNNING')).toBe(false);
    }
  },

  'processor-11': () => {
    const after = STATUSES.filter((to) => mayMove('CANCELED_BEFORE_START', to));
    expect(after).not.toContain('RUNNING');
  },

  'processor-17': ({ expect: wanted }) => {
    const world = new LineWorld();
    const lock = { scope: 'web', kind: 'lock', name: 'instance1' } as const;
    world.occupy(lock, 1, OTHER, RECEIVED);
    const run = new JobRun([{ name: 'only' }], { locks: [{ name: 'instance1' }] }, { world });
    const views = () => opViews(run.job, run.spec, run.ops).map((view) => view.status);
    expect(calcStatus(views())).toBe('waiting');
    run.cancel();
    expect(calcStatus(views())).toBe(wanted['jobStatus']);
    world.vacate(lock, OTHER, RECEIVED);
    expect([world.holders(lock), run.job.holds]).toEqual([[], []]);
    expect(run.tries.length > 0).toBe(wanted['reachesExecution']);
  },

  'processor-20': ({ expect: wanted }) => {
    const run = new JobRun([{ name: 'one' }, { name: 'two' }, { name: 'three' }]);
    const executedWith = [null, -10, 5].map((priority, index) => {
      if (priority !== null) {
        run.command((job, facts) => decidePriority(job, run.ops, { actor: 'ada', priority }, facts));
      }
      run.perform(index);
      const begun = opViews(run.job, run.spec, run.ops)[index]?.priority;
      run.complete(index);
      return begun;
    });
    expect(executedWith).toEqual(wanted['executedWith']);
    const kept = opViews(run.job, run.spec, run.ops).map((view) => view.priority);
    expect(kept).toEqual(wanted['executedWith']);
  },

  dependency: ({ given, expect: wanted }) => {
    const { run, other } = dependent(given);
    const registered = other === null ? false : other.hasDependents === true;
    expect(registered).toBe(wanted['registeredAsWaiter']);
    run.world.settle(run.now);
    const { job } = run;
    const why = 'error' in job ? job.error?.code : 'waitReason' in job && job.waitReason;
    expect(`${job.status} ${String(why)}`).toBe(OUTCOMES[String(wanted['result'])]);
  },

  'processor-13': resumesAtFirstUnfinished,
  'processor-14': resumesAtFirstUnfinished,
});

/** What becomes of a job, in our words, where a case says what its dependency yields. */
const OUTCOMES: Readonly<Record<string, string>> = {
  wait: 'WAITING_DEPENDENCY dependencies',
  continue: 'QUEUED starting',
  wrongstatus: 'FAILED_TO_START DependencyFailed',
  error: 'FAILED_TO_START DependencyFailed',
};

/** A status of theirs as statuses of ours. */
const OURS: Readonly<Record<string, readonly JobStatus[]>> = {
  queued: ['QUEUED'],
  waiting: ['WAITING_LOCK'],
  running: ['RUNNING'],
  canceled: ['CANCELED_WHILE_RUNNING', 'CANCELED_BEFORE_START'],
  success: ['COMPLETED_OK'],
  error: ['FAILED'],
};

/** A job that depends on another, as a case says, and the other one then. */
function dependent(given: Case['given']) {
  const world = new LineWorld();
  const [status] = OURS[String(given['dependencyStatus'])] ?? [];
  const spec = sampleSpec('only');
  if (status !== undefined) world.put(sampleJob(status, { id: OTHER }), spec);
  const wanted = z.array(z.string()).parse(given['wanted']);
  const outcomes = wanted.flatMap((word) => OURS[word] ?? []);
  const dependsOn = [{ job: OTHER, ...(outcomes.length === 0 ? {} : { outcomes }) }];
  const run = new JobRun([{ name: 'only' }], { dependsOn }, { world });
  return { run, other: status === undefined ? null : world.head(OTHER) };
}

/** The first failing op of a job ends it; those behind it read error and never ran. */
function failsAtFirst({ given, expect: wanted }: Case): void {
  const total = z.int().parse(given['ops']);
  const failing = z.int().parse(given['failFrom']);
  const spec = sampleSpec(...Array.from({ length: total }, (_, index) => `op-${index}`));
  const begun = [
    ...Array.from({ length: failing }, (_, index) => sampleOp(index, 'success')),
    sampleOp(failing, 'error'),
  ];
  const views = opViews(sampleJob('FAILED'), spec, begun);
  expect(views.findIndex((view) => view.status === 'error')).toBe(wanted['stopsAt']);
  expect(calcStatus(views.map((view) => view.status))).toBe(wanted['jobStatus']);
  expect(views.filter((view) => view.try > 0)).toHaveLength(z.int().parse(wanted['opsRun']));
  for (const follower of views.slice(failing + 1)) {
    expect(follower).toMatchObject({ status: 'error', error: { message: 'Preceding opcode failed' } });
  }
}

/** What is left to run after some ops are done, whoever asks and how often. */
function resumesAtFirstUnfinished({ given, expect: wanted }: Case): void {
  const total = z.int().parse(given['ops']);
  const done = z.int().parse(given['doneBeforeRestart']);
  const spec = sampleSpec(...Array.from({ length: total }, (_, index) => `op-${index}`));
  const ops = Array.from({ length: done }, (_, index) => sampleOp(index, 'success'));
  const job = sampleJob('RUNNING', { opsTotal: total });
  if (!isLive(job)) throw new Error('a running job is live');
  const remaining = remainingPlan(job, spec, ops);
  expect(remaining).toHaveLength(z.int().parse(wanted['remaining']));
  expect(remaining.filter((index) => index < done)).toHaveLength(z.int().parse(wanted['rerunOfDoneOps']));
  const finished = Array.from({ length: total }, (_, index) => sampleOp(index, 'success'));
  const views = opViews(sampleJob('COMPLETED_OK'), spec, finished);
  expect(calcStatus(views.map((view) => view.status))).toBe(wanted['jobStatus']);
}

function statusesOf(value: unknown): OpStatus[] {
  return z.array(status).parse(value);
}

function sorted(value: unknown): string[] {
  return z.array(z.string()).parse(value).sort();
}

function messageFor(reason: unknown): RegExp {
  const message = typeof reason === 'string' ? MESSAGES[reason] : undefined;
  if (message === undefined) throw new Error(`no message is known for the reason ${String(reason)}`);
  return message;
}

function logEntry(serial: number, message: string): GanetiLogEntry {
  return { serial, time: NOW, type: 'message', message };
}

function restored(state: unknown): GanetiJob {
  const answer = restore(state);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.value;
}

function jobOf(ops: readonly (OpStatus | { status: OpStatus; priority: number })[]): GanetiJob {
  return {
    id: '7',
    ops: ops.map((op) => ({
      input: { OP_ID: 'log', name: 'op', step: 'RUN', input: null },
      result: null,
      log: [],
      startTimestamp: null,
      execTimestamp: null,
      endTimestamp: null,
      ...(typeof op === 'string' ? { status: op, priority: 0 } : op),
    })),
    receivedTimestamp: NOW,
    startTimestamp: null,
    endTimestamp: null,
  };
}
