import { describe, expect, it } from 'vitest';
import { confirmJob } from '../../../core/job/confirm-job.ts';
import { withComment } from '../../../core/job/said.ts';
import { JobRun, RECEIVED, runId } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { JOB_STATUSES, sampleJob } from '../views/sample-job.ts';

const HOUR_MS = 3_600_000;
const APPROVAL = { approval: { approvers: ['user:grace'] } };
const DATE = { schedule: { at: new Date(RECEIVED + HOUR_MS).toISOString() } };

function confirmed(job: object, ops: readonly object[] = [{ name: 'one' }]) {
  const run = new JobRun(ops, { hold: true, ...job });
  run.command((head, facts) => confirmJob(head, { actor: 'bob', comment: 'go' }, facts));
  return run;
}

describe('a confirmation', () => {
  it.each([
    [{}, 'QUEUED'],
    [APPROVAL, 'WAITING_APPROVAL'],
    [DATE, 'SCHEDULED'],
    [{ ...APPROVAL, ...DATE }, 'WAITING_APPROVAL'],
  ])('lets a job with %j go on', (job, status) => {
    const run = confirmed(job);
    expect(run.job.status).toBe(status);
    expect(run.entries.at(-1)).toMatchObject({ from: 'CREATED', to: status, actor: 'bob' });
    expect(run.entries.at(-1)?.message).toMatch(/^Confirmed by bob: go\. /);
  });

  it('starts PRE, which waits for neither approval nor date', () => {
    const run = confirmed({ ...APPROVAL, ...DATE }, [{ name: 'check', step: 'PRE' }, { name: 'one' }]);
    expect(run.job).toMatchObject({ status: 'QUEUED', waitReason: 'starting', step: 'PRE' });
  });

  it('that comes after the last start date expires the job', () => {
    const run = new JobRun([{ name: 'one' }], { hold: true, schedule: { startWithin: 'PT1H' } });
    run.now += HOUR_MS + 1;
    run.command((head, facts) => confirmJob(head, { actor: 'bob' }, facts));
    expect(run.job.status).toBe('EXPIRED');
  });

  it.each(JOB_STATUSES.filter((status) => status !== 'CREATED'))('is refused for %s', (status) => {
    const { facts } = new JobRun([{ name: 'one' }]);
    const decision = confirmJob(sampleJob(status), { actor: 'bob' }, facts);
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
  });

  it('is refused for a job that is ending', () => {
    const ending = {
      status: 'CANCELED_BEFORE_START',
      cancel: { actor: 'ada' },
      rollback: 'none',
      actor: 'ada',
      message: 'canceled',
    };
    const { facts } = new JobRun([{ name: 'one' }]);
    const decision = confirmJob(sampleJob('CREATED', { ending }), { actor: 'bob' }, facts);
    expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    expect(decision.ok ? '' : decision.refusal.detail).toContain('is ending as CANCELED_BEFORE_START');
  });

  it('waits until what the job held is given back', () => {
    const world = new LineWorld();
    const run = new JobRun([{ name: 'one' }], { hold: true }, { world });
    world.put({ ...run.job, owed: [{ kind: 'release', by: RECEIVED + 60_000 }] }, run.spec);
    run.command((head, facts) => confirmJob(head, { actor: 'bob' }, facts));
    expect(run.job).toMatchObject({ status: 'PENDING', waitReason: 'release' });
    expect(runId(1)).toBe(run.id);
  });
});

describe('what somebody says', () => {
  it('stands behind what they did', () => {
    expect([withComment('Done', 'because'), withComment('Done', undefined)]).toEqual([
      'Done: because',
      'Done',
    ]);
  });
});
