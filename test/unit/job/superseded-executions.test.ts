import { describe, expect, it } from 'vitest';
import { abendJob } from '../../../core/job/abend-job.ts';
import { finishJob } from '../../../core/job/finish-job.ts';
import { handleOpFailure } from '../../../core/job/handle-op-failure.ts';
import { isLive, type Job } from '../../../core/job/job.ts';
import { type Serves, servedBy } from '../../../core/job/live-segment.ts';
import { performOp } from '../../../core/job/perform-op.ts';
import { planRecovery } from '../../../core/job/plan-recovery.ts';
import type { Op } from '../../../core/op/op.ts';
import { CATALOG, LIVENESS } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { ENDED, JOB_STATUSES, sampleJob, sampleOp, sampleSpec } from '../views/sample-job.ts';

const NOW = ENDED;
const SPEC = sampleSpec('one', 'two', 'three');
const FACTS = new LineWorld().facts(SPEC, NOW);
const CURRENT: Serves = { attempt: 1, group: 'RUN', number: 1 };

const SUPERSEDED: readonly (readonly [string, Serves])[] = [
  ['an older attempt', { ...CURRENT, attempt: 0 }],
  ['a newer attempt', { ...CURRENT, attempt: 2 }],
  ['another segment', { ...CURRENT, number: 2 }],
  ['another group', { ...CURRENT, group: 'PRE' }],
];

const OPS: readonly (Op | null)[] = [
  null,
  sampleOp(0, 'running'),
  sampleOp(0, 'tried'),
  sampleOp(0, 'success'),
  sampleOp(0, 'error'),
  sampleOp(0, 'canceled'),
];

/** Every task of an execution that serves this, on every state of the op. */
function touched(job: Job, serves: Serves): readonly string[] {
  const error = { name: 'OpFailed', cause: '' };
  const touches: string[] = [];
  for (const op of OPS) {
    const ops = op === null ? [] : [op];
    const performed = performOp(
      job,
      SPEC,
      op,
      { ...serves, op: 0, token: 't' },
      {
        now: NOW,
        nonce: 'n',
        kind: 'lambda',
        input: {},
      },
    );
    if (performed.kind !== 'throw' || performed.error !== 'Stale') touches.push('perform');
    const handled = handleOpFailure(
      job,
      SPEC,
      op,
      { ...serves, op: 0, token: 't', error },
      {
        now: NOW,
        random: 0,
        catalog: CATALOG,
        liveness: LIVENESS,
      },
    );
    if (handled.change !== null || handled.answer.kind !== 'throw' || handled.answer.error !== 'Stale') {
      touches.push('handle');
    }
    const recovery = planRecovery(job, SPEC, ops, { ...serves, error }, { now: NOW, liveness: LIVENESS });
    if (recovery.change !== null || recovery.answer.kind !== 'throw') touches.push('recover');
    for (const after of ['ops', 'recovery'] as const) {
      const finished = finishJob(job, SPEC, ops, { ...serves, after }, FACTS);
      if (finished !== null) touches.push('finish');
    }
    if (abendJob(job, ops, { ...serves, how: 'ABORTED' }, FACTS) !== null) touches.push('abend');
  }
  return touches;
}

describe('an execution that the job does not count on', () => {
  const cases = JOB_STATUSES.flatMap((status) =>
    SUPERSEDED.map(([what, serves]) => [status, what, serves] as const),
  );

  it.each(cases)('leaves a job that is %s alone when it is of %s', (status, _what, serves) => {
    expect(touched(sampleJob(status), serves)).toEqual([]);
  });

  it.each(JOB_STATUSES.filter((status) => !isLive(sampleJob(status))))(
    'leaves a job alone that is %s meanwhile',
    (status) => {
      expect(touched(sampleJob(status), CURRENT)).toEqual([]);
    },
  );

  it.each(JOB_STATUSES)('is told from the one that serves a job that is %s', (status) => {
    const job = sampleJob(status);
    expect(servedBy(job, CURRENT)).toEqual(isLive(job) ? job : null);
  });

  it('is stale to every task for an op that the job does not have', () => {
    const job = sampleJob('RUNNING');
    for (const op of [6, 7, 500]) {
      const performed = performOp(
        job,
        SPEC,
        null,
        { ...CURRENT, op, token: 't' },
        {
          now: NOW,
          nonce: 'n',
          kind: 'lambda',
          input: {},
        },
      );
      expect(performed).toEqual({ kind: 'throw', error: 'Stale', change: null });
    }
  });
});
