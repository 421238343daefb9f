import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { jobAnswerSchema } from '../../../core/contract/api/get-job.ts';
import { jobShape, jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { jobSchema } from '../../../core/job/job.ts';
import { JOB_STATUSES, sampleJob } from '../views/sample-job.ts';
import { ApiBench } from './api-bench.ts';

/** What of a head is Jobplane's own business. */
const SECRETS = [
  'token',
  'nonce',
  'segment',
  'liveness',
  'dueEntry',
  'alarms',
  'place',
  'holds',
  'owed',
  'version',
  'schema',
  'logSerial',
  'ownerGroups',
  'retainUntil',
];

describe('the shape of a job', () => {
  it.each(JOB_STATUSES)('is complete in %s and shows nothing of Jobplane’s own', (status) => {
    const job = sampleJob(status);
    const shape = jobShapeSchema.parse(jobShape(job));
    expect(shape).toMatchObject({ id: job.id, status, step: job.step, rollback: { outcome: job.rollback } });
    const text = JSON.stringify(shape);
    for (const secret of SECRETS) expect(text).not.toContain(`"${secret}"`);
  });

  it('has the dates that are known, as ISO 8601', () => {
    expect(jobShape(sampleJob('COMPLETED_OK')).dates).toEqual({
      receivedAt: '2026-11-01T08:00:00.000Z',
      startedAt: '2026-11-01T08:00:02.500Z',
      endedAt: '2026-11-01T08:01:02.500Z',
    });
  });

  it('has the date that it waits for, and the end of its window', () => {
    const at = Date.UTC(2026, 11, 1, 2);
    const window = { scheduledAt: at, maxStartAt: at + 3_600_000 };
    expect(jobShape(sampleJob('SCHEDULED', window))).toMatchObject({
      waitReason: 'date',
      dates: { scheduledAt: '2026-12-01T02:00:00.000Z', maxStartAt: '2026-12-01T03:00:00.000Z' },
    });
  });

  it('says why it failed, and whether and when to try again', () => {
    expect(jobShape(sampleJob('FAILED_RETRYABLE'))).toMatchObject({
      error: { code: 'DiskFull', message: 'no space left' },
      retryable: true,
      retryAfter: '2026-11-01T08:11:02.500Z',
    });
    expect(jobShape(sampleJob('RUNNING')).retryable).toBe(false);
  });

  it('says who cancelled it, and how it will end while that is not done', () => {
    expect(jobShape(sampleJob('CANCELING'))).toMatchObject({
      cancel: { actor: 'ada', reason: 'wrong version' },
      decided: { status: 'CANCELED_WHILE_RUNNING' },
    });
    expect(jobShape(sampleJob('ROLLING_BACK')).decided).toEqual({
      status: 'FAILED',
      error: { code: 'DiskFull', message: 'no space left' },
    });
  });

  it('has natures only after PRE', () => {
    const natures = ['docs'];
    expect(jobShape(sampleJob('RUNNING', { natures, step: 'PRE' })).natures).toBeUndefined();
    expect(jobShape(sampleJob('RUNNING', { natures, step: 'RUN' })).natures).toEqual(natures);
  });

  it('leaves out a field of the head that nobody has said is to be shown', () => {
    const shown = new Set(Object.keys(jobShapeSchema.shape));
    const dates = ['receivedAt', 'scheduledAt', 'maxStartAt', 'startedAt', 'endedAt'];
    const flattened = new Set([...dates, 'opsTotal', 'opsRun']);
    const hidden = jobSchema.options
      .flatMap((option): object[] =>
        'shape' in option ? [option.shape] : option.options.map(({ shape }) => shape),
      )
      .flatMap((shape) => Object.keys(shape))
      .filter((field) => !shown.has(field) && !flattened.has(field));
    expect([...new Set(hidden)].sort()).toEqual([
      'activeOp',
      'again',
      'alarms',
      'approvalUntil',
      'children',
      'dueEntry',
      'ending',
      'group',
      'hasDependents',
      'heldUntil',
      'holds',
      'liveness',
      'logSerial',
      'opPriorities',
      'owed',
      'ownerGroups',
      'place',
      'retainUntil',
      'schema',
      'segment',
      'segments',
      'since',
      'slot',
      'startWithinSeconds',
      'version',
    ]);
  });
});

describe('GET /jobs/{id}', () => {
  it('answers the job alone, by one read', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    bench.store.readOps = async () => expect.unreachable('no ops are needed');
    const job = await bench.ok('get-job', jobAnswerSchema, { id });
    expect(job).toMatchObject({ id, status: 'QUEUED' });
    expect(job).not.toHaveProperty('views');
    expect(job).not.toHaveProperty('fields');
  });

  it.each([
    ['oracle', { status: 'In Progress', exact: true }],
    ['hmc', { status: 'RUNNING', exact: true, retry: false }],
    [
      'clarive',
      {
        status: 'Running',
        exact: true,
        step: 'RUN',
        progress: 0,
        dates: { startDate: '2026-11-01T08:00:00.000Z' },
      },
    ],
    ['ganeti', { status: 'running', exact: true }],
    ['flex', { status: 'Running', exact: true }],
  ])('speaks the language of %s', async (view, expected) => {
    const bench = new ApiBench();
    const id = await bench.submit();
    await bench.perform(id, 0);
    const { views } = await bench.ok('get-job', jobAnswerSchema, { id, query: { view } });
    expect(views).toEqual({ [view]: expected });
  });

  it('speaks all of them at once', async () => {
    const bench = new ApiBench();
    const id = await bench.completedJob();
    const { views } = await bench.ok('get-job', jobAnswerSchema, { id, query: 'view=all' });
    expect(Object.keys(views ?? {}).sort()).toEqual(['clarive', 'flex', 'ganeti', 'hmc', 'oracle']);
    expect(views?.hmc?.completedTasks).toEqual([{ name: 'transcode', status: 'COMPLETED_OK', message: '' }]);
  });

  it('answers Ganeti’s fields in the asked order, beside the job', async () => {
    const bench = new ApiBench();
    const id = await bench.completedJob();
    const answer = await bench.ok('get-job', jobAnswerSchema, {
      id,
      query: { fields: 'status,id,opresult,opstatus,status', view: 'flex' },
    });
    expect(answer.fields).toEqual(['success', id, [{ file: 'a.mp4' }], ['success'], 'success']);
    expect(answer.views?.flex?.status).toBe('Completed');
    expect((await bench.ok('get-job', jobAnswerSchema, { id, query: 'fields=' })).fields).toEqual([]);
  });

  it('reads the journal for oplog, and only for it', async () => {
    const bench = new ApiBench();
    const id = await bench.completedJob();
    const { fields } = await bench.ok('get-job', jobAnswerSchema, { id, query: 'fields=oplog' });
    const logs = z.tuple([z.array(z.array(z.looseObject({ message: z.string() })))]).parse(fields)[0];
    expect(logs[0]?.map(({ message }) => message)).toContain('transcode succeeded');
    bench.store.readJournal = async () => expect.unreachable('no journal is needed');
    await bench.ok('get-job', jobAnswerSchema, { id, query: 'fields=opstatus' });
  });

  it('names the fields that there are to whoever asks for another', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    const problem = await bench.refusal('get-job', { id, query: 'fields=id,colour' });
    expect(problem.detail).toContain("'colour'");
    expect(problem.detail).toContain('received_ts');
  });

  it('shows neither token nor nonce, whatever is asked', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    const token = await bench.perform(id, 0);
    const fields =
      'id,status,priority,ops,opresult,opstatus,oplog,opstart,opexec,opend,oppriority,received_ts,start_ts,end_ts,summary';
    const texts = await Promise.all([
      bench.call('get-job', { id, query: { fields, view: 'all' } }),
      bench.call('list-ops', { id }),
      bench.call('read-journal', { id }),
      bench.call('list-jobs'),
    ]);
    for (const { status, text } of texts) {
      expect(status).toBe(200);
      expect(text).not.toContain(token);
      expect(text).not.toContain('a-nonce');
    }
  });

  it('does not find a job that was deleted between its head and its ops', async () => {
    const bench = new ApiBench();
    const id = await bench.submit();
    bench.store.readSpec = async () => null;
    const called = await bench.call('get-job', { id, query: 'view=all' });
    expect(called).toEqual(await bench.call('get-job', { id: 'unknown' }));
    expect((await bench.call('list-ops', { id })).text).toBe(called.text);
  });
});

describe('GET /actions', () => {
  it('lists names and kinds by name', async () => {
    const called = await new ApiBench().call('list-actions');
    expect(JSON.parse(called.text)).toEqual({
      items: [
        { name: 'fail', kind: 'fail' },
        { name: 'log', kind: 'log' },
        { name: 'site-publish', kind: 'lambda' },
        { name: 'transcode', kind: 'external' },
        { name: 'wait', kind: 'wait' },
      ],
    });
  });
});
