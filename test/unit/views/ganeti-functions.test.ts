import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { journalEntrySchema } from '../../../core/job/journal-entry.ts';
import { isSettled } from '../../../core/job/status.ts';
import { OP_STATUSES, type OpStatus } from '../../../core/op/op-view.ts';
import type { Json } from '../../../core/op/references.ts';
import { calcPriority } from '../../../core/views/ganeti/calc-priority.ts';
import { calcStatus } from '../../../core/views/ganeti/calc-status.ts';
import { cancel } from '../../../core/views/ganeti/cancel.ts';
import { changePriority } from '../../../core/views/ganeti/change-priority.ts';
import { GANETI } from '../../../core/views/ganeti/constants.ts';
import { finalize } from '../../../core/views/ganeti/finalize.ts';
import type { GanetiJob, GanetiOp, GanetiTime } from '../../../core/views/ganeti/ganeti-job.ts';
import { ganetiJobOf } from '../../../core/views/ganeti/ganeti-job-of.ts';
import { ganetiTimeOf } from '../../../core/views/ganeti/ganeti-time-of.ts';
import { getInfo } from '../../../core/views/ganeti/get-info.ts';
import { getLogEntries } from '../../../core/views/ganeti/get-log-entries.ts';
import { markUnfinishedOps } from '../../../core/views/ganeti/mark-unfinished-ops.ts';
import { restore, serialize } from '../../../core/views/ganeti/serialized-job.ts';
import { JOB_ID, JOB_STATUSES, RECEIVED, sampleJob, sampleOp, sampleSpec } from './sample-job.ts';

const opStatus = fc.constantFrom(...OP_STATUSES);
const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });
const time = instant.map(ganetiTimeOf);
const timestamp = fc.option(time);
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const ganetiOp: fc.Arbitrary<GanetiOp> = fc.record({
  input: fc.record({ OP_ID: fc.string(), name: fc.string(), step: fc.string(), input: json }),
  status: opStatus,
  result: json,
  log: fc.array(fc.record({ serial: fc.nat(), time, type: fc.string(), message: fc.string() })),
  priority: fc.integer({ min: -20, max: 19 }),
  startTimestamp: timestamp,
  execTimestamp: timestamp,
  endTimestamp: timestamp,
});

const ganetiJob: fc.Arbitrary<GanetiJob> = fc.record({
  id: fc.string(),
  ops: fc.array(ganetiOp, { minLength: 1, maxLength: 8 }),
  receivedTimestamp: timestamp,
  startTimestamp: timestamp,
  endTimestamp: timestamp,
});

const NOW: GanetiTime = [1_793_520_000, 0];

describe('calcStatus', () => {
  it('agrees with a second formulation for every list of ops', () => {
    fc.assert(
      fc.property(fc.array(opStatus, { minLength: 1, maxLength: 10 }), (ops) => {
        expect(calcStatus(ops)).toBe(naiveStatus(ops));
      }),
    );
  });
});

describe('calcPriority', () => {
  it('is the most urgent of the unfinished ops, and never outside of what they have', () => {
    fc.assert(
      fc.property(ganetiJob, ({ ops }) => {
        const open = ops.filter((op) => !['success', 'error', 'canceled'].includes(op.status));
        const priority = calcPriority(ops);
        expect(open.every((op) => op.priority >= priority)).toBe(true);
        expect(open.length === 0 ? [0] : open.map((op) => op.priority)).toContain(priority);
      }),
    );
  });
});

describe('getLogEntries', () => {
  it('gives what is strictly newer, and with the rest everything', () => {
    const entries = fc.array(fc.record({ serial: fc.nat(), time, type: fc.string(), message: fc.string() }));
    fc.assert(
      fc.property(entries, fc.nat(), (all, newerThan) => {
        const newer = getLogEntries(all, newerThan);
        expect(newer).toEqual(all.filter(({ serial }) => serial > newerThan));
        expect(getLogEntries(all, null)).toEqual(all);
      }),
    );
  });
});

describe('markUnfinishedOps', () => {
  it('overwrites status and result of what is not final, changes nothing else, and is done after once', () => {
    fc.assert(
      fc.property(ganetiJob, (job) => {
        const marked = markUnfinishedOps(job, 'error', 'Preceding opcode failed');
        job.ops.forEach((op, index) => {
          const wanted = GANETI.finalized.has(op.status)
            ? op
            : { ...op, status: 'error', result: 'Preceding opcode failed' };
          expect(marked.ops[index]).toEqual(wanted);
        });
        expect(markUnfinishedOps(marked, 'canceled', null)).toEqual(marked);
      }),
    );
  });
});

describe('finalize', () => {
  it('sets the end timestamp and nothing else', () => {
    fc.assert(
      fc.property(ganetiJob, (job) => {
        expect(finalize(job, NOW)).toEqual({ ...job, endTimestamp: NOW });
      }),
    );
  });
});

describe('cancel', () => {
  it('of a queued job ends it, of a waiting one marks it, of any other is too late', () => {
    fc.assert(
      fc.property(ganetiJob, (generated) => {
        const job = { ...generated, endTimestamp: null };
        const before = calcStatus(job.ops.map((op) => op.status));
        const answer = cancel(job, NOW);
        const after = calcStatus(answer.job.ops.map((op) => op.status));
        expect(answer.ok).toBe(before === 'queued' || before === 'waiting');
        if (before === 'queued') expect(after).toBe('canceled');
        if (before === 'waiting') expect(after).toBe('canceling');
        if (!answer.ok) expect(answer.job).toBe(job);
        expect(answer.job.endTimestamp).toEqual(before === 'queued' ? NOW : null);
      }),
    );
  });

  it("says it in Ganeti's words", () => {
    const messageOf = (...statuses: OpStatus[]) => cancel(jobOf(statuses), NOW).message;
    expect(messageOf('queued')).toBe('Job 17 canceled');
    expect(messageOf('waiting', 'queued')).toBe('Job 17 will be canceled');
    expect(messageOf('running', 'queued')).toBe('Job 17 is no longer waiting in the queue');
  });
});

describe('changePriority', () => {
  it('changes all that is pending, or nothing', () => {
    fc.assert(
      fc.property(ganetiJob, fc.integer({ min: -20, max: 19 }), (job, priority) => {
        const answer = changePriority(job, priority);
        if (!answer.ok) {
          expect(answer.job).toBe(job);
          return;
        }
        answer.job.ops.forEach((op, index) => {
          const pending = op.status === 'queued' || op.status === 'waiting';
          expect(op).toEqual(pending ? { ...job.ops[index], priority } : job.ops[index]);
        });
      }),
    );
  });

  it("says it in Ganeti's words", () => {
    const messageOf = (...statuses: OpStatus[]) => changePriority(jobOf(statuses), -10).message;
    expect(messageOf('queued')).toBe('Priorities of pending opcodes for job 17 have been changed to -10');
    expect(messageOf('success')).toBe('Job 17 is finished');
    expect(messageOf('canceling')).toBe('Job 17 is cancelling');
    expect(messageOf('success', 'running')).toBe('Job 17 had no pending opcodes');
  });
});

describe('serialize and restore', () => {
  it('give the same job back, through JSON', () => {
    fc.assert(
      fc.property(ganetiJob, (job) => {
        const state = serialize(job);
        const restored = restore(JSON.parse(JSON.stringify(state)));
        expect(restored).toEqual({ ok: true, value: job });
        expect(restored.ok && serialize(restored.value)).toEqual(state);
      }),
    );
  });

  it('refuse a state that is none, and say everything that is wrong', () => {
    const answer = restore({ id: 17, ops: [] });
    expect(answer).toMatchObject({
      ok: false,
      refusal: { errors: [{ path: 'id' }, { path: 'ops', message: 'a job needs at least one opcode' }] },
    });
  });
});

describe('getInfo', () => {
  const job = ganetiJobOf(
    sampleJob('FAILED'),
    sampleSpec('build', 'publish', 'check'),
    [sampleOp(0, 'success', { result: { pages: 3 } }), sampleOp(1, 'error')],
    [
      entry(1, undefined, 'status'),
      entry(2, 0, 'op'),
      entry(3, 0, 'log'),
      entry(4, 1, 'op'),
      entry(5, 4, 'op'),
    ],
  );

  it('gives one value a field, in the asked order, as often as asked', () => {
    expect(getInfo(job, ['status', 'id', 'status'])).toEqual({
      ok: true,
      values: ['error', JOB_ID, 'error'],
    });
    expect(getInfo(job, [])).toEqual({ ok: true, values: [] });
  });

  it('knows every field of Ganeti', () => {
    const fields = [
      'id',
      'status',
      'priority',
      'ops',
      'opresult',
      'opstatus',
      'oplog',
      'opstart',
      'opexec',
      'opend',
      'oppriority',
      'received_ts',
      'start_ts',
      'end_ts',
      'summary',
    ];
    expect(getInfo(job, fields)).toEqual({
      ok: true,
      values: [
        JOB_ID,
        'error',
        0,
        ['build', 'publish', 'check'].map((name) => ({
          OP_ID: `do-${name}`,
          name,
          step: 'RUN',
          input: {},
        })),
        [{ pages: 3 }, ['DiskFull', ['no space left']], ['PrecedingOpFailed', ['Preceding opcode failed']]],
        ['success', 'error', 'error'],
        [
          [
            { serial: 2, time: [RECEIVED / 1000, 0], type: 'op', message: 'entry 2' },
            { serial: 3, time: [RECEIVED / 1000, 0], type: 'message', message: 'entry 3' },
          ],
          [{ serial: 4, time: [RECEIVED / 1000, 0], type: 'op', message: 'entry 4' }],
          [],
        ],
        [[RECEIVED / 1000 + 2, 500_000], [RECEIVED / 1000 + 2, 500_000], null],
        [[RECEIVED / 1000 + 2, 500_000], [RECEIVED / 1000 + 2, 500_000], null],
        [[RECEIVED / 1000 + 3, 500_000], [RECEIVED / 1000 + 3, 500_000], null],
        [0, 0, 0],
        [RECEIVED / 1000, 0],
        [RECEIVED / 1000 + 2, 500_000],
        [RECEIVED / 1000 + 62, 500_000],
        ['do-build(build)', 'do-publish(publish)', 'do-check(check)'],
      ],
    });
  });

  it('names every field that it does not know, and those it knows', () => {
    const answer = getInfo(job, ['id', 'colour', 'constructor']);
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'UnknownField' } });
    expect(answer.ok ? '' : answer.refusal.detail).toMatch(
      /^There is no field 'colour', 'constructor'; the fields are id, status, priority, .*, end_ts, summary\.$/,
    );
  });

  it('takes only the log of the current attempt', () => {
    const again = ganetiJobOf(
      sampleJob('RUNNING', { attempt: 2 }),
      sampleSpec('build'),
      [],
      [entry(2, 0, 'op'), { ...entry(9, 0, 'op'), attempt: 2 }],
    );
    expect(again.ops[0]?.log.map(({ serial }) => serial)).toEqual([9]);
  });
});

describe("a job in Ganeti's shape", () => {
  it('has an end timestamp exactly when it has settled, and its status is final then', () => {
    for (const status of JOB_STATUSES) {
      const job = ganetiJobOf(sampleJob(status), sampleSpec('build', 'publish'), [], []);
      const final = GANETI.finalized.has(calcStatus(job.ops.map((op) => op.status)));
      expect([status, job.endTimestamp !== null]).toEqual([status, isSettled(status)]);
      expect([status, final]).toEqual([status, isSettled(status)]);
    }
  });
});

/** CalcStatus said in another way: cut the list at the first op that decides, then look for the last busy one. */
function naiveStatus(ops: readonly OpStatus[]): OpStatus {
  if (ops.every((op) => op === 'success')) return 'success';
  const decisive = ops.find((op) => op === 'canceling' || op === 'error' || op === 'canceled');
  return decisive ?? ops.findLast((op) => op === 'waiting' || op === 'running') ?? 'queued';
}

function jobOf(statuses: readonly OpStatus[]): GanetiJob {
  return {
    id: '17',
    ops: statuses.map((status) => ({
      input: { OP_ID: 'log', name: 'op', step: 'RUN', input: null },
      status,
      result: null,
      log: [],
      priority: 0,
      startTimestamp: null,
      execTimestamp: null,
      endTimestamp: null,
    })),
    receivedTimestamp: NOW,
    startTimestamp: null,
    endTimestamp: null,
  };
}

function entry(serial: number, op: number | undefined, kind: string) {
  return journalEntrySchema.parse({
    jobId: JOB_ID,
    serial,
    at: RECEIVED,
    kind,
    message: `entry ${serial}`,
    actor: 'ada',
    attempt: 1,
    project: 'web',
    step: 'RUN',
    ...(op === undefined ? {} : { op: { index: op, name: 'x' } }),
  });
}
