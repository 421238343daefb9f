import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSettled } from '../../../core/job/status.ts';
import type { Op } from '../../../core/op/op.ts';
import { type OpView, opViews, rollbackViews } from '../../../core/op/op-view.ts';
import {
  ENDED,
  JOB_STATUSES,
  OP_ENDED,
  STARTED,
  sampleJob,
  sampleOp,
  sampleSpec,
} from '../views/sample-job.ts';

const SPEC = sampleSpec('build', 'publish', 'check');

const statuses = (views: readonly OpView[]) => views.map((view) => view.status);

const PRECEDING = { code: 'PrecedingOpFailed', message: 'Preceding opcode failed' };

describe('ops that have not begun', () => {
  it('are queued in a job that starts or runs', () => {
    expect(statuses(opViews(sampleJob('QUEUED'), SPEC, []))).toEqual(['queued', 'queued', 'queued']);
    expect(statuses(opViews(sampleJob('RUNNING'), SPEC, [sampleOp(0, 'success')]))).toEqual([
      'success',
      'queued',
      'queued',
    ]);
  });

  it('show what the specification says of them, try 0 and no times', () => {
    expect(opViews(sampleJob('QUEUED'), SPEC, [])[1]).toEqual({
      index: 1,
      name: 'publish',
      step: 'RUN',
      action: 'do-publish',
      status: 'queued',
      attempt: 1,
      try: 0,
      priority: 0,
    });
  });

  it('read canceling while the job is being canceled, undoing included', () => {
    const canceled = { cancel: { actor: 'ada' }, decided: decidedAs('CANCELED_WHILE_RUNNING') };
    expect(statuses(opViews(sampleJob('CANCELING'), SPEC, []))).toEqual([
      'canceling',
      'canceling',
      'canceling',
    ]);
    expect(statuses(opViews(sampleJob('ROLLING_BACK', canceled), SPEC, [sampleOp(0, 'canceled')]))).toEqual([
      'canceled',
      'canceling',
      'canceling',
    ]);
  });

  it('stay queued behind a failed op until the job has settled, and then read its failure', () => {
    const ops = [sampleOp(0, 'success'), sampleOp(1, 'error')];
    const running = sampleJob('RUNNING', { decided: decidedAs('FAILED') });
    expect(statuses(opViews(running, SPEC, ops))).toEqual(['success', 'error', 'queued']);
    expect(statuses(opViews(sampleJob('ROLLING_BACK'), SPEC, ops))).toEqual(['success', 'error', 'queued']);
    for (const status of ['FAILED', 'COMPLETED_WITH_ERROR', 'TIMED_OUT', 'CANCELED_AFTER_FAILURE'] as const) {
      expect(opViews(sampleJob(status), SPEC, ops)[2]).toMatchObject({
        status: 'error',
        try: 0,
        error: PRECEDING,
      });
    }
  });

  it('take the error of a job in which no op failed', () => {
    const views = opViews(sampleJob('FAILED_TO_START'), SPEC, []);
    expect(views.map((view) => view.error?.code)).toEqual([
      'DiskFull',
      'PrecedingOpFailed',
      'PrecedingOpFailed',
    ]);
  });

  it('are canceled in a canceled job', () => {
    expect(statuses(opViews(sampleJob('CANCELED_BEFORE_START'), SPEC, []))).toEqual([
      'canceled',
      'canceled',
      'canceled',
    ]);
  });

  it('are a success in a completed job, whose earlier attempt ran them', () => {
    const job = sampleJob('COMPLETED_OK', { attempt: 2 });
    const ops = [sampleOp(0, 'error'), sampleOp(2, 'success', { attempt: 2 })];
    expect(statuses(opViews(job, SPEC, ops))).toEqual(['success', 'success', 'success']);
  });
});

describe('ops that have begun', () => {
  it('are running, or waiting between two tries with the error of the last', () => {
    const views = opViews(sampleJob('RUNNING'), SPEC, [sampleOp(0, 'running'), sampleOp(1, 'tried')]);
    expect(views[0]).toMatchObject({ status: 'running', try: 1, startedAt: STARTED });
    expect(views[1]).toMatchObject({ status: 'waiting', error: { code: 'DiskFull' } });
  });

  it('never show a token or a nonce', () => {
    const shown = JSON.stringify(opViews(sampleJob('RUNNING'), SPEC, [sampleOp(0, 'running')]));
    expect(shown).not.toContain('secret');
    expect(shown).not.toContain('nonce');
  });

  it('read canceling while the job is being canceled, if they are not final', () => {
    const ops = [sampleOp(0, 'success'), sampleOp(1, 'running'), sampleOp(2, 'tried')];
    expect(statuses(opViews(sampleJob('CANCELING'), SPEC, ops))).toEqual([
      'success',
      'canceling',
      'canceling',
    ]);
  });

  it('show result and warnings of a success', () => {
    const op = sampleOp(0, 'success', { result: { archive: 'a.zip' }, warnings: ['two broken links'] });
    expect(opViews(sampleJob('RUNNING'), SPEC, [op])[0]).toMatchObject({
      status: 'success',
      endedAt: OP_ENDED,
      result: { archive: 'a.zip' },
      warnings: ['two broken links'],
    });
  });

  it('are canceled at the end of the job when a force left them unfinished', () => {
    const ops = [sampleOp(0, 'running'), sampleOp(1, 'tried')];
    const views = opViews(sampleJob('CANCELED_WHILE_RUNNING'), SPEC, ops);
    expect(statuses(views)).toEqual(['canceled', 'canceled', 'canceled']);
    expect(views.map((view) => view.endedAt)).toEqual([ENDED, ENDED, undefined]);
  });

  it('are an error when their execution abended, and so are their followers', () => {
    const views = opViews(sampleJob('ABENDED'), SPEC, [sampleOp(0, 'success'), sampleOp(1, 'tried')]);
    expect(statuses(views)).toEqual(['success', 'error', 'error']);
    expect(views[1]?.error).toEqual({ code: 'Abended', message: 'the execution was aborted' });
    expect(views[2]?.error).toEqual(PRECEDING);
  });

  it('stay the error of an abended job that is canceled afterwards', () => {
    const error = { code: 'Abended', message: 'the execution was aborted' };
    const views = opViews(sampleJob('CANCELED_AFTER_FAILURE', { error }), SPEC, [sampleOp(0, 'running')]);
    expect(statuses(views)).toEqual(['error', 'error', 'error']);
  });

  it('of another attempt are left out', () => {
    const job = sampleJob('RUNNING', { attempt: 2 });
    expect(statuses(opViews(job, SPEC, [sampleOp(0, 'error')]))).toEqual(['queued', 'queued', 'queued']);
  });
});

describe('rollbacks', () => {
  const ops = [
    sampleOp(0, 'success'),
    sampleOp(1, 'success'),
    sampleOp(2, 'error'),
    sampleOp(3, 'running', { name: 'build/rollback', action: 'undo-build' }),
    sampleOp(4, 'success', { name: 'publish/rollback', action: 'undo-publish' }),
  ];

  it('are listed apart, last op first, with the op that each undoes', () => {
    const views = rollbackViews(sampleJob('ROLLING_BACK'), SPEC, ops);
    expect(views).toMatchObject([
      { index: 4, rollbackOf: 1, name: 'publish/rollback', action: 'undo-publish', status: 'success' },
      { index: 3, rollbackOf: 0, name: 'build/rollback', action: 'undo-build', status: 'running' },
    ]);
    expect(opViews(sampleJob('ROLLING_BACK'), SPEC, ops)).toHaveLength(3);
  });

  it('go on while the job is being canceled', () => {
    const canceled = { cancel: { actor: 'ada' }, decided: decidedAs('CANCELED_WHILE_RUNNING') };
    const views = rollbackViews(sampleJob('ROLLING_BACK', canceled), SPEC, ops);
    expect(statuses(views)).toEqual(['success', 'running']);
  });

  it('are canceled when a force cut them off, and an error when the job abended', () => {
    expect(statuses(rollbackViews(sampleJob('FAILED', { rollback: 'failed' }), SPEC, ops))).toEqual([
      'success',
      'canceled',
    ]);
    expect(statuses(rollbackViews(sampleJob('ABENDED', { rollback: 'needed' }), SPEC, ops))).toEqual([
      'success',
      'error',
    ]);
  });

  it('are none in a job without any', () => {
    expect(rollbackViews(sampleJob('RUNNING'), SPEC, [sampleOp(0, 'success')])).toEqual([]);
  });
});

describe('every job', () => {
  const opStatuses = fc.constantFrom<Op['status']>('running', 'tried', 'success', 'error', 'canceled');

  it('shows one view an op, in order, and no unfinished op once it has settled', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...JOB_STATUSES),
        fc.array(fc.tuple(fc.nat({ max: 5 }), opStatuses), { maxLength: 6 }),
        (status, begun) => {
          const views = opViews(
            sampleJob(status),
            SPEC,
            begun.map(([index, opStatus]) => sampleOp(index, opStatus)),
          );
          expect(views.map((view) => view.index)).toEqual([0, 1, 2]);
          if (!isSettled(status)) return;
          for (const view of views) {
            expect(['success', 'error', 'canceled']).toContain(view.status);
            expect(view.error === undefined).toBe(view.status !== 'error');
          }
        },
      ),
    );
  });
});

function decidedAs(status: 'FAILED' | 'CANCELED_WHILE_RUNNING') {
  return { status, retryable: false, undo: true, post: false };
}
