import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSettled } from '../../../core/job/status.ts';
import { clariveProgress, clariveView } from '../../../core/views/clarive.ts';
import { ganetiView } from '../../../core/views/ganeti.ts';
import { hmcView, taskMessage } from '../../../core/views/hmc.ts';
import { VIEW_NAMES, viewsOf } from '../../../core/views/views.ts';
import { JOB_STATUSES, sampleJob, sampleOp, sampleSpec } from './sample-job.ts';

const SPEC = sampleSpec('build', 'publish', 'check');

const ALL_SUCCESS = [sampleOp(0, 'success'), sampleOp(1, 'success'), sampleOp(2, 'success')];

describe('the views asked for', () => {
  it('are one, or all five', () => {
    for (const name of VIEW_NAMES) {
      const wanted = name === 'all' ? VIEW_NAMES.filter((other) => other !== 'all') : [name];
      expect(Object.keys(viewsOf(sampleJob('RUNNING'), SPEC, [], name))).toEqual(wanted);
    }
  });

  it('of a completed job are exact in every system', () => {
    const views = viewsOf(sampleJob('COMPLETED_OK', { opsRun: 3 }), SPEC, ALL_SUCCESS, 'all');
    expect(views).toMatchObject({
      oracle: { status: 'Completed', exact: true },
      hmc: { status: 'COMPLETED_OK', exact: true },
      clarive: { status: 'Finished', exact: true },
      ganeti: { status: 'success', exact: true },
      flex: { status: 'Completed', exact: true },
    });
  });

  it('are the same alone as among all', () => {
    const job = sampleJob('FAILED');
    const all = viewsOf(job, SPEC, ALL_SUCCESS, 'all');
    for (const name of VIEW_NAMES) {
      expect(all).toMatchObject(viewsOf(job, SPEC, ALL_SUCCESS, name));
    }
  });
});

describe("the HMC's view", () => {
  it('lists the completed tasks of all three COMPLETED_*', () => {
    const ops = [sampleOp(0, 'success', { warnings: ['slow'] }), sampleOp(1, 'error')];
    for (const status of ['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS', 'COMPLETED_WITH_ERROR'] as const) {
      const view = hmcView(sampleJob(status), SPEC, ops);
      expect(view.status).toBe(status);
      expect(view.completedTasks).toEqual([
        { name: 'build', status: 'COMPLETED_OK', message: 'slow' },
        { name: 'publish', status: 'FAILED_BEFORE_COMPLETION', message: 'no space left' },
      ]);
    }
  });

  it('lists them also of a job that was rolled back, which reads COMPLETED_OK there', () => {
    const view = hmcView(
      sampleJob('ROLLED_BACK', { attempt: 2, again: { kind: 'rollback' } }),
      SPEC,
      ALL_SUCCESS,
    );
    expect(view).toMatchObject({ status: 'COMPLETED_OK', exact: false });
    expect(view.completedTasks).toHaveLength(3);
  });

  it('lists no tasks of any other job', () => {
    const others = JOB_STATUSES.filter((name) => !name.startsWith('COMPLETED_') && name !== 'ROLLED_BACK');
    for (const status of others) {
      expect(hmcView(sampleJob(status), SPEC, ALL_SUCCESS)).not.toHaveProperty('completedTasks');
    }
  });

  it('tells when trying again may help, and from when', () => {
    expect(hmcView(sampleJob('FAILED_RETRYABLE'), SPEC, [])).toEqual({
      status: 'FAILED_BEFORE_COMPLETION_RETRY',
      exact: true,
      retry: true,
      retryAfter: '2026-11-01T08:11:02.500Z',
    });
    expect(hmcView(sampleJob('FAILED'), SPEC, [])).toMatchObject({ retry: false });
    expect(hmcView(sampleJob('RUNNING'), SPEC, [])).toMatchObject({ retry: false });
    const canceled = sampleJob('CANCELED_AFTER_FAILURE', { retryable: true, retryAfter: 1 });
    expect(hmcView(canceled, SPEC, [])).toEqual({
      status: 'FAILED_BEFORE_COMPLETION',
      exact: false,
      retry: false,
    });
  });

  it("takes a task's message from its result, else its error, else its warnings", () => {
    const error = { code: 'DiskFull', message: 'no space left' };
    expect(taskMessage({ result: { result: 'done' }, error })).toBe('done');
    expect(taskMessage({ result: ['done'], error })).toBe('no space left');
    expect(taskMessage({ warnings: ['slow', 'old'] })).toBe('slow; old');
    expect(taskMessage({})).toBe('');
  });
});

describe("Clarive's view", () => {
  it('has the step beside the status, the progress and the real dates', () => {
    const job = sampleJob('RUNNING', { step: 'POST', opsRun: 2, natures: ['web'] });
    expect(clariveView(job)).toEqual({
      status: 'Running',
      exact: true,
      step: 'POST',
      progress: 66,
      dates: { startDate: '2026-11-01T08:00:02.500Z' },
      natures: ['web'],
    });
    expect(clariveView(sampleJob('FAILED')).dates).toEqual({
      startDate: '2026-11-01T08:00:02.500Z',
      endDate: '2026-11-01T08:01:02.500Z',
    });
  });

  it('tells natures only after PRE', () => {
    const natures = ['web', 'sql'];
    for (const step of ['INIT', 'PRE']) {
      expect(clariveView(sampleJob('RUNNING', { step, natures }))).not.toHaveProperty('natures');
    }
    expect(clariveView(sampleJob('RUNNING', { step: 'RUN', natures })).natures).toEqual(natures);
    expect(clariveView(sampleJob('RUNNING', { step: 'RUN' }))).not.toHaveProperty('natures');
  });

  it('says how the undoing went once it is over', () => {
    expect(clariveView(sampleJob('FAILED', { rollback: 'ok' })).rollback).toBe('Rollback OK');
    expect(clariveView(sampleJob('FAILED', { rollback: 'failed' })).rollback).toBe('Rollback failed');
    expect(clariveView(sampleJob('ROLLING_BACK'))).not.toHaveProperty('rollback');
    expect(clariveView(sampleJob('FAILED', { rollback: 'needed' }))).not.toHaveProperty('rollback');
  });

  it('has the last answer that a trap was given, whatever became of the job', () => {
    const lastTrap = { op: 1, answer: 'skip', actor: 'ada', at: 1, comment: 'not today' };
    expect(clariveView(sampleJob('COMPLETED_OK', { lastTrap })).lastTrapAnswer).toBe('skip');
    expect(clariveView(sampleJob('TRAPPED'))).not.toHaveProperty('lastTrapAnswer');
  });

  it('has a progress from 0 to 100, 100 when finished, and never less with more ops run', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1_000 }),
        fc.integer({ min: 1, max: 500 }),
        fc.boolean(),
        (opsRun, opsTotal, finished) => {
          const progress = clariveProgress({ opsRun, opsTotal, finished });
          expect(Number.isInteger(progress)).toBe(true);
          expect(progress).toBeGreaterThanOrEqual(0);
          expect(progress).toBeLessThanOrEqual(100);
          expect(progress === 100).toBe(finished || opsRun >= opsTotal);
          expect(clariveProgress({ opsRun: opsRun + 1, opsTotal, finished })).toBeGreaterThanOrEqual(
            progress,
          );
        },
      ),
    );
  });
});

describe("Ganeti's view", () => {
  it('reads queued between two ops, as a job of Ganeti does', () => {
    expect(ganetiView(sampleJob('RUNNING'), SPEC, [sampleOp(0, 'success')])).toEqual({
      status: 'queued',
      exact: true,
    });
    expect(ganetiView(sampleJob('RUNNING'), SPEC, [sampleOp(0, 'running')])).toEqual({
      status: 'running',
      exact: true,
    });
  });

  it('is not exact while a failure that was allowed makes it read error', () => {
    const ops = [sampleOp(0, 'error'), sampleOp(1, 'running')];
    expect(ganetiView(sampleJob('RUNNING'), SPEC, ops)).toEqual({ status: 'error', exact: false });
  });

  it('does not read the rollbacks', () => {
    const ops = [...ALL_SUCCESS, sampleOp(3, 'error')];
    expect(ganetiView(sampleJob('COMPLETED_OK'), SPEC, ops)).toEqual({ status: 'success', exact: true });
  });

  it('is final for every settled job without ops, with the word that its status has', () => {
    const words = Object.fromEntries(
      JOB_STATUSES.filter(isSettled).map((status) => [
        status,
        ganetiView(sampleJob(status), SPEC, []).status,
      ]),
    );
    expect(words).toEqual({
      COMPLETED_OK: 'success',
      COMPLETED_WITH_WARNINGS: 'success',
      COMPLETED_WITH_ERROR: 'error',
      FAILED: 'error',
      FAILED_RETRYABLE: 'error',
      TIMED_OUT: 'error',
      ABENDED: 'error',
      FAILED_TO_START: 'error',
      EXPIRED: 'canceled',
      REJECTED: 'canceled',
      CANCELED_BEFORE_START: 'canceled',
      CANCELED_WHILE_RUNNING: 'canceled',
      CANCELED_AFTER_FAILURE: 'error',
      ROLLED_BACK: 'canceled',
    });
  });
});
