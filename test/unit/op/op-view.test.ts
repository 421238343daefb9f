import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSettled } from '../../../core/job/status.ts';
import type { Op } from '../../../core/op/op.ts';
import { earlierViews, type OpView, opViews, rollbackViews } from '../../../core/op/op-view.ts';
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

describe('ops of a job that waits for somebody', () => {
  it('are queued before the one that it was paused before, that one too', () => {
    const ops = [sampleOp(0, 'success'), sampleOp(1, 'queued')];
    const views = opViews(sampleJob('PAUSED', { activeOp: 1 }), SPEC, ops);
    expect(statuses(views)).toEqual(['success', 'queued', 'queued']);
    expect(views[1]).toMatchObject({ try: 0 });
    expect(views[1]).not.toHaveProperty('startedAt');
    expect(JSON.stringify(views)).not.toContain('secret');
  });

  it.each(['TRAPPED', 'TRAP_PAUSED'] as const)(
    'wait with what they failed with, while it is %s',
    (status) => {
      const trapped = sampleOp(0, 'tried', { held: true, decision: { kind: 'trapped' }, token: 'secret' });
      const views = opViews(sampleJob(status), SPEC, [trapped]);
      expect(statuses(views)).toEqual(['waiting', 'queued', 'queued']);
      expect(views[0]?.error).toMatchObject({ code: 'DiskFull' });
      expect(JSON.stringify(views)).not.toContain('secret');
    },
  );

  it('are a success that says so where somebody has skipped them', () => {
    const ops = [sampleOp(0, 'success', { skipped: true, warnings: ['skipped'] }), sampleOp(1, 'success')];
    const views = opViews(sampleJob('RUNNING'), SPEC, ops);
    expect(views[0]).toMatchObject({ status: 'success', skipped: true, warnings: ['skipped'] });
    expect(views[1]).not.toHaveProperty('skipped');
  });
});

describe('ops of a later attempt', () => {
  const again = (firstOp: number) => ({ attempt: 2, again: { kind: 'rerun', firstOp } });
  const FIRST = [
    sampleOp(0, 'success', { result: 'first' }),
    sampleOp(1, 'error'),
    sampleOp(2, 'success'),
    sampleOp(3, 'success'),
  ];

  it('read as they went in the earlier one, where they are not run again', () => {
    const second = sampleOp(1, 'running', { attempt: 2 });
    const views = opViews(sampleJob('RUNNING', again(1)), SPEC, [...FIRST, second]);
    expect(views).toMatchObject([
      { index: 0, attempt: 1, status: 'success', result: 'first' },
      { index: 1, attempt: 2, status: 'running' },
      { index: 2, attempt: 2, status: 'queued', try: 0 },
    ]);
  });

  it('read of the latest attempt that ran them', () => {
    const ops = [...FIRST, sampleOp(0, 'success', { attempt: 2, result: 'second' })];
    const job = sampleJob('RUNNING', { attempt: 3, again: { kind: 'rerun', firstOp: 1 } });
    expect(opViews(job, SPEC, ops.toReversed())[0]).toMatchObject({ attempt: 2, result: 'second' });
  });

  it('are canceled where a force or an abend had cut them off', () => {
    const views = opViews(sampleJob('RUNNING', again(2)), SPEC, [
      sampleOp(0, 'running'),
      sampleOp(1, 'tried'),
    ]);
    expect(statuses(views)).toEqual(['canceled', 'canceled', 'queued']);
    expect(views[0]).not.toHaveProperty('endedAt');
  });

  it('wait for their lock from the first that runs again on', () => {
    const views = opViews(sampleJob('WAITING_LOCK', again(1)), SPEC, FIRST);
    expect(statuses(views)).toEqual(['success', 'waiting', 'queued']);
  });

  it('read as they went before, all of them, in a manual rollback, which runs none', () => {
    const job = sampleJob('ROLLED_BACK', { attempt: 2, again: { kind: 'rollback' } });
    const views = opViews(job, SPEC, FIRST.slice(0, 2));
    expect(views.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 'success'],
      [1, 'error'],
      [2, 'canceled'],
    ]);
  });
});

describe('rollbacks by hand', () => {
  // Of three ops: 6 to 8 undo the attempt before, 9 to 11 the one before that.
  const ops = [
    sampleOp(0, 'success'),
    sampleOp(1, 'success', { attempt: 2 }),
    sampleOp(4, 'success', { attempt: 2, name: 'publish/rollback' }),
    sampleOp(7, 'success', { attempt: 3, name: 'publish/rollback' }),
    sampleOp(9, 'running', { attempt: 3, name: 'build/rollback' }),
  ];
  const job = sampleJob('ROLLING_BACK', {
    attempt: 3,
    again: { kind: 'rollback' },
    decided: { status: 'ROLLED_BACK', retryable: false, undo: true, post: false },
  });

  it('are listed in the order of undoing, with the run that each undoes', () => {
    expect(rollbackViews(job, SPEC, ops)).toMatchObject([
      { index: 7, rollbackOf: 1, rollbackOfAttempt: 2, attempt: 3, status: 'success' },
      { index: 9, rollbackOf: 0, rollbackOfAttempt: 1, attempt: 3, status: 'running' },
    ]);
  });

  it('are told from those of the attempt itself', () => {
    const own = sampleJob('FAILED', { attempt: 2, again: { kind: 'rerun', firstOp: 1 } });
    expect(rollbackViews(own, SPEC, ops.slice(0, 3))).toMatchObject([
      { index: 4, rollbackOf: 1, rollbackOfAttempt: 2 },
    ]);
  });
});

describe('an attempt that is over', () => {
  const ops = [
    sampleOp(4, 'success', { name: 'publish/rollback', action: 'undo-publish' }),
    sampleOp(0, 'success', { result: 'first' }),
    sampleOp(1, 'success', { skipped: true }),
    sampleOp(2, 'tried'),
    sampleOp(0, 'running', { attempt: 2 }),
    sampleOp(2, 'queued', { attempt: 2 }),
  ];
  const job = sampleJob('RUNNING', { attempt: 2, again: { kind: 'rerun', firstOp: 0 } });

  it('shows what had begun in it as it went there, with its rollbacks behind', () => {
    const views = earlierViews(job, SPEC, ops, 1);
    expect(views).toMatchObject([
      { index: 0, attempt: 1, status: 'success', result: 'first' },
      { index: 1, attempt: 1, status: 'success', skipped: true },
      { index: 2, attempt: 1, status: 'canceled' },
      {
        index: 4,
        attempt: 1,
        status: 'success',
        name: 'publish/rollback',
        rollbackOf: 1,
        rollbackOfAttempt: 1,
      },
    ]);
    expect(views).toHaveLength(4);
  });

  it('shows nothing of an op that never began', () => {
    expect(earlierViews(job, SPEC, ops, 2).map(({ index }) => index)).toEqual([0]);
    expect(earlierViews(job, SPEC, [], 1)).toEqual([]);
  });
});

describe('every job', () => {
  const opStatuses = fc.constantFrom<Op['status']>(
    'queued',
    'running',
    'tried',
    'success',
    'error',
    'canceled',
  );

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
