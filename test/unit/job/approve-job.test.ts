import { describe, expect, it } from 'vitest';
import { type Approver, approveJob, rejectJob } from '../../../core/job/approve-job.ts';
import { JobRun, RECEIVED } from '../../support/job-run.ts';
import { JOB_STATUSES, sampleJob } from '../views/sample-job.ts';

const HOUR_MS = 3_600_000;
const GRACE: Approver = { actor: 'grace', groups: [], mayApproveAll: false };
const ADA: Approver = { actor: 'ada', groups: [], mayApproveAll: false };
const RELEASER: Approver = { actor: 'bob', groups: ['release-managers'], mayApproveAll: false };
const OPS = [{ name: 'one' }];

function waiting(approval: object = {}, job: object = {}, ops: readonly object[] = OPS) {
  const approvers = ['user:grace', 'group:release-managers'];
  return new JobRun(ops, { approval: { approvers, ...approval }, ...job });
}

function approve(run: JobRun, approver: Approver) {
  return run.command((job, facts) => approveJob(job, approver, facts));
}

function reject(run: JobRun, approver: Approver) {
  return run.command((job, facts) => rejectJob(job, approver, facts));
}

/** Whether each may approve and may reject. */
function verdicts(approver: Approver, approval: object = {}): readonly string[] {
  return [approve, reject].map((decide) => {
    const decision = decide(waiting(approval), approver);
    return decision.ok ? 'ok' : decision.refusal.code;
  });
}

describe('who may decide about an approval', () => {
  it.each([
    ['a named user', GRACE, ['ok', 'ok']],
    ['a member of a named group', RELEASER, ['ok', 'ok']],
    ['another user', { ...GRACE, actor: 'eve' }, ['NotAnApprover', 'NotAnApprover']],
    ['a member of another group', { ...RELEASER, groups: ['web'] }, ['NotAnApprover', 'NotAnApprover']],
    [
      'a user whose name is that of a group',
      { ...GRACE, actor: 'release-managers' },
      ['NotAnApprover', 'NotAnApprover'],
    ],
    [
      'a member of a group named as a user',
      { ...GRACE, actor: 'eve', groups: ['grace'] },
      ['NotAnApprover', 'NotAnApprover'],
    ],
    ['who may approve all', { ...GRACE, actor: 'eve', mayApproveAll: true }, ['ok', 'ok']],
    ['the owner, who is none of them', ADA, ['NotAnApprover', 'NotAnApprover']],
    ['the owner as a member', { ...ADA, groups: ['release-managers'] }, ['OwnerMayNotApprove', 'ok']],
    ['the owner who may approve all', { ...ADA, mayApproveAll: true }, ['OwnerMayNotApprove', 'ok']],
  ])('%s', (_who, approver, wanted) => {
    expect(verdicts(approver)).toEqual(wanted);
  });

  it('is the owner too where the job allows it, if they are an approver', () => {
    const allowOwner = { allowOwner: true };
    expect(verdicts({ ...ADA, groups: ['release-managers'] }, allowOwner)).toEqual(['ok', 'ok']);
    expect(verdicts({ ...ADA, mayApproveAll: true }, allowOwner)).toEqual(['ok', 'ok']);
    expect(verdicts(ADA, allowOwner)).toEqual(['NotAnApprover', 'NotAnApprover']);
  });

  it('is said in the refusal', () => {
    const decision = approve(waiting(), ADA);
    expect(decision.ok ? '' : decision.refusal.detail).toContain('user:grace, group:release-managers');
  });
});

describe('an approval', () => {
  it('lets the job go on at once, or to its date', () => {
    const [now, later] = [
      waiting(),
      waiting({}, { schedule: { at: new Date(RECEIVED + HOUR_MS).toISOString() } }),
    ];
    for (const run of [now, later]) approve(run, { ...GRACE, comment: 'looks good' });
    expect([now.job.status, later.job.status]).toEqual(['QUEUED', 'SCHEDULED']);
    expect(now.entries.at(-1)).toMatchObject({ from: 'WAITING_APPROVAL', to: 'QUEUED', actor: 'grace' });
    expect(now.entries.at(-1)?.message).toMatch(/^Approved by grace: looks good\. /);
  });

  it('is possible to the end of its window and not after it, though nobody has looked yet', () => {
    const run = waiting({ window: 'PT1H' });
    run.now += HOUR_MS + 1;
    for (const decide of [approve, reject]) {
      expect(decide(run, GRACE)).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
    }
    run.now -= 1;
    expect(approve(run, GRACE)).toMatchObject({ ok: true });
  });

  it('holds nothing while it waits', () => {
    const run = waiting({}, { locks: [{ name: 'a' }] });
    expect(run.job.holds).toEqual([]);
    approve(run, GRACE);
    expect(run.job.holds).toMatchObject([{ need: 1 }]);
  });
});

describe('a rejection', () => {
  it('makes the job stand still, and says by whom and why', () => {
    const run = waiting();
    reject(run, { ...GRACE, comment: 'not on a Friday' });
    expect(run.job).toMatchObject({
      status: 'REJECTED',
      step: 'END',
      endedAt: RECEIVED,
      retryable: true,
      error: { code: 'Rejected', message: 'rejected by grace: not on a Friday' },
      rollback: 'none',
    });
    expect(run.entries.at(-1)).toMatchObject({ actor: 'grace', to: 'REJECTED' });
  });

  it('says what PRE has done and nobody has undone', () => {
    const ops = [{ name: 'build', step: 'PRE', rollback: { action: 'build' } }, { name: 'one' }];
    const run = waiting({}, {}, ops);
    run.play();
    expect(run.job.status).toBe('WAITING_APPROVAL');
    reject(run, GRACE);
    expect(run.job).toMatchObject({ status: 'REJECTED', rollback: 'needed', startedAt: RECEIVED });
  });
});

describe('a job that waits for no approval', () => {
  it.each(JOB_STATUSES.filter((status) => status !== 'WAITING_APPROVAL'))(
    'refuses both while it is %s',
    (status) => {
      const { facts } = waiting();
      for (const decide of [approveJob, rejectJob]) {
        expect(decide(sampleJob(status), GRACE, facts)).toMatchObject({
          ok: false,
          refusal: { code: 'CommandRefused' },
        });
      }
    },
  );
});
