import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../cli/failure.ts';
import { renderFailure } from '../../../cli/render/failure.ts';
import { renderFindings } from '../../../cli/render/findings.ts';
import {
  renderChildren,
  renderEntry,
  renderJob,
  renderJobAnswer,
  renderJobs,
  renderOps,
  renderWhy,
} from '../../../cli/render/job.ts';
import { renderLocks, renderQueues, renderResources } from '../../../cli/render/lines.ts';
import { age, lasting, moment } from '../../../cli/render/moment.ts';
import { plainText } from '../../../cli/render/plain-text.ts';
import { renderSchedule, renderSchedules } from '../../../cli/render/schedules.ts';
import type { Style } from '../../../cli/render/style.ts';
import { table } from '../../../cli/render/table.ts';
import { jobAnswerSchema } from '../../../core/contract/api/get-job.ts';
import { childListSchema } from '../../../core/contract/api/list-children.ts';
import { queueShapeSchema } from '../../../core/contract/api/queue-shape.ts';
import { scheduleShapeSchema } from '../../../core/contract/api/schedule-shape.ts';
import { lockShapeSchema, resourceShapeSchema } from '../../../core/contract/api/semaphore-shape.ts';
import { jobExplanationSchema } from '../../../core/contract/api/why.ts';
import { NOW } from './fake-terminal.ts';
import { endedJob, ID, sampleEntry, sampleJob, sampleOp } from './samples.ts';

const STYLE: Style = { columns: 100, colour: false, now: NOW, zone: 'Europe/Berlin' };
const OTHER = '01KAV2Z3D7S8H9V5T6Q7R8W9X1';
const SINCE = '2026-11-23T15:30:00Z';

const TRAPPED = sampleJob({
  status: 'TRAPPED',
  warnings: 2,
  priority: -5,
  trap: { op: 1, since: SINCE, until: '2026-11-23T18:00:00Z' },
});

const FAILED = endedJob('FAILED', {
  error: { code: 'DiskFull', message: 'no space left' },
  rollback: { outcome: 'ok' },
  cancel: { actor: 'ada', reason: 'wrong folder' },
});

const SCHEDULE = scheduleShapeSchema.parse({
  id: OTHER,
  project: 'web',
  name: 'nightly',
  version: 3,
  owner: 'ada',
  expression: 'cron(30 2 * * ? *)',
  timezone: 'Europe/Berlin',
  enabled: true,
  overlap: 'skip',
  job: { name: 'rebuild', ops: [{ name: 'say', action: 'log', input: { message: 'night' } }] },
  nextRuns: ['2026-11-24T01:30:00Z'],
  lastRun: { at: '2026-11-23T01:30:00Z', outcome: 'started', jobId: ID },
  lastJob: { id: ID, status: 'COMPLETED_OK' },
  runs: [{ at: '2026-11-23T01:30:00Z', trigger: 'time', outcome: 'started', jobId: ID, message: 'Started' }],
});

const QUEUE = queueShapeSchema.parse({
  project: 'web',
  name: 'nightly',
  maxRunning: 4,
  paused: true,
  draining: false,
  running: 1,
  admitted: 0,
  waiting: 1,
  holders: [{ jobId: ID, owner: 'ada', units: 1, since: SINCE, fence: 3, of: 'slot' }],
  waiters: [{ hidden: true, units: 1, since: SINCE, position: 1, of: 'slot' }],
});

const LOCK = { name: 'site/docs', scope: 'project', waiting: 0, paused: false };

const CHILDREN = childListSchema.parse({
  children: {
    attempt: 1,
    op: 2,
    try: 1,
    verb: 'run',
    total: 3,
    created: 2,
    settled: 1,
    unsuccessful: 1,
    statuses: { FAILED: 1 },
  },
  items: [
    { child: 0, id: ID, name: 'eu', status: 'RUNNING', startedAt: SINCE },
    {
      child: 1,
      status: 'FAILED_TO_START',
      startedAt: SINCE,
      endedAt: SINCE,
      error: { code: 'InvalidValue', message: 'no name' },
    },
  ],
});

const WHY = jobExplanationSchema.parse({
  jobId: ID,
  status: 'WAITING_LOCK',
  standsAt: 'lock',
  since: SINCE,
  summary: 'It waits for the lock site/docs.',
  movesWhen: ['the holder releases it'],
  line: {
    kind: 'lock',
    name: 'site/docs',
    scope: 'project',
    units: 1,
    capacity: 1,
    held: 1,
    waiting: 2,
    paused: false,
    position: 2,
  },
  holders: [{ jobId: OTHER, owner: 'bob', mode: 'exclusive', since: SINCE, fence: 7 }],
  holds: [],
});

/** What is shown, by the name of its golden file. */
const SHOWN: Readonly<Record<string, (style: Style) => string>> = {
  'job-trapped': (style) => renderJob(TRAPPED, style),
  'job-failed': (style) => renderJob(FAILED, style),
  'job-in-other-words': (style) =>
    renderJobAnswer(
      jobAnswerSchema.parse({
        ...sampleJob(),
        views: {
          oracle: { status: 'In Progress', exact: true },
          ganeti: { status: 'running', exact: false },
        },
        fields: ['running', 3],
      }),
      style,
    ),
  jobs: (style) => renderJobs([TRAPPED, FAILED, endedJob('COMPLETED_OK')], style),
  'no-jobs': (style) => renderJobs([], style),
  ops: (style) =>
    renderOps(
      [
        sampleOp(0, 'success', { result: { slot: 12 }, startedAt: SINCE, endedAt: '2026-11-23T15:31:05Z' }),
        sampleOp(1, 'error', { error: { code: 'DiskFull', message: 'no space\nleft' } }),
        sampleOp(2, 'success', { skipped: true, warnings: ['it was skipped'] }),
        sampleOp(3, 'running', { name: 'undo', rollbackOf: 0, rollbackOfAttempt: 1 }),
      ],
      style,
    ),
  children: (style) => renderChildren(CHILDREN, style),
  entry: (style) =>
    renderEntry({ ...sampleEntry(1, 'started'), op: { index: 0, name: 'build' }, actor: 'ada' }, style),
  why: (style) => renderWhy(WHY, style),
  queues: (style) => renderQueues([QUEUE], style),
  locks: (style) =>
    renderLocks(
      [
        lockShapeSchema.parse({ ...LOCK, held: 1, mode: 'exclusive' }),
        lockShapeSchema.parse({ ...LOCK, held: 0 }),
      ],
      style,
    ),
  resources: (style) =>
    renderResources(
      [resourceShapeSchema.parse({ ...LOCK, name: 'transcoder', capacity: 5, held: 2 })],
      style,
    ),
  schedules: (style) => renderSchedules([SCHEDULE], style),
  schedule: (style) => renderSchedule(SCHEDULE, style),
  findings: (style) =>
    renderFindings(
      [
        { name: 'clock', ok: true, detail: 'within 60 s' },
        { name: 'token', ok: false, detail: 'of ada, expired 2 h ago', advice: 'Run jobplane login.' },
      ],
      style,
    ),
  failure: (style) =>
    renderFailure(
      new Failure('two things are wrong', {
        exitCode: 2,
        advice: 'See --help.',
        problem: {
          type: 't',
          title: 't',
          status: 400,
          code: 'InvalidInput',
          detail: 'two things are wrong',
          errors: [
            { path: 'name', code: 'InvalidName', message: 'must be a name' },
            { path: 'ops', code: 'WrongType', message: 'must be a list' },
          ],
        },
      }),
      style,
    ),
};

describe('on a terminal of 100 columns', () => {
  it.each(Object.entries(SHOWN))('%s looks as it does', async (name, render) => {
    await expect(`${render(STYLE)}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it.each(Object.entries(SHOWN))('%s is the same text in colours', (_name, render) => {
    expect(stripVTControlCharacters(render({ ...STYLE, colour: true }))).toBe(render(STYLE));
  });
});

describe('a table', () => {
  it('is cut where the terminal ends, and nowhere when piped', () => {
    const rows = [['a', 'x'.repeat(80)]];
    const widths = (columns: number | undefined) =>
      table(['A', 'B'], rows, { ...STYLE, columns })
        .split('\n')
        .map((line) => line.length);
    expect(widths(40)).toEqual([4, 40]);
    expect(widths(undefined)).toEqual([4, 83]);
  });
});

describe('a moment', () => {
  it.each([
    ['2026-11-23T16:00:00Z', 'now'],
    ['2026-11-23T15:59:15Z', '45 s ago'],
    ['2026-11-23T15:01:00Z', '59 min ago'],
    ['2026-11-22T17:00:00Z', '23 h ago'],
    ['2026-11-20T16:00:00Z', '3 d ago'],
    ['2026-11-23T18:30:00Z', 'in 2 h'],
  ])('%s is %s', (iso, text) => {
    expect(age(iso, STYLE)).toBe(text);
  });

  it('is local, on both sides of a clock change', () => {
    expect(moment('2026-10-25T00:30:00Z', STYLE)).toBe('2026-10-25 02:30:00 (29 d ago)');
    expect(moment('2026-10-25T01:30:00Z', STYLE)).toBe('2026-10-25 02:30:00 (29 d ago)');
  });

  it('lasts at least no time', () => {
    expect(lasting(0)).toBe('0 s');
  });
});

describe('the text of others', () => {
  it.each([
    ['\u001b[2Jgone', '\uFFFD[2Jgone'],
    ['two\r\nlines\tand a tab', 'two lines and a tab'],
    ['abc\u202Edcba', 'abc\uFFFDdcba'],
    ['Grüße, 東京, 👋', 'Grüße, 東京, 👋'],
  ])('%j is shown as %j', (text, shown) => {
    expect(plainText(text)).toBe(shown);
  });
});
