import { describe, expect, it } from 'vitest';
import { deleteJob, isDeleted } from '../../../core/job/delete-job.ts';
import { isLive, isWaiting, type Job } from '../../../core/job/job.ts';
import { addLog, addNote } from '../../../core/job/journal-notes.ts';
import { executionName } from '../../../core/job/segment.ts';
import { submitJob } from '../../../core/job/submit-job.ts';
import { JobRun, RECEIVED, RUN_ID, specOf } from '../../support/job-run.ts';
import { LineWorld } from '../../support/line-world.ts';
import { ENDED, JOB_STATUSES, sampleJob } from '../views/sample-job.ts';

const NOW = ENDED;

/** A world without limits. */
const CONTEXT = { ...new LineWorld().facts(specOf([{ name: 'one' }]), RECEIVED), lineUp: true };

describe('a submission', () => {
  const spec = specOf([{ name: 'one' }], { labels: { site: 'docs' }, priority: -3, queue: 'slow' });
  const submitted = () => submitJob(RUN_ID, spec, { user: 'ada', groups: ['web:operator'] }, CONTEXT);

  it('stores the job, its specification and its first entry in one change that nothing was before', () => {
    const change = submitted();
    expect(change).toMatchObject({ before: null, spec, ops: [] });
    expect(change.job).toMatchObject({
      version: 1,
      logSerial: 1,
      status: 'QUEUED',
      waitReason: 'starting',
      step: 'RUN',
      attempt: 1,
      owner: 'ada',
      ownerGroups: ['web:operator'],
      labels: { site: 'docs' },
      priority: -3,
      queue: 'slow',
      root: RUN_ID,
      receivedAt: RECEIVED,
      opsTotal: 1,
    });
    expect(change.entries).toMatchObject([
      { serial: 1, kind: 'status', from: null, to: 'QUEUED', actor: 'ada' },
    ]);
    expect(change).not.toHaveProperty('idempotency');
  });

  it('owes the start of its first segment, due within a minute', () => {
    expect(submitted().job).toMatchObject({
      segments: 1,
      segment: { group: 'RUN', number: 1, tries: 0 },
      owed: [{ kind: 'start', by: RECEIVED + 60_000 }],
      dueEntry: { lane: 'owed', at: RECEIVED + 60_000 },
    });
  });

  it.each([
    [[{ name: 'a', step: 'PRE' }, { name: 'b' }], 'PRE', 'PRE'],
    [[{ name: 'a' }, { name: 'b', step: 'POST' }], 'RUN', 'RUN'],
    [[{ name: 'b', step: 'POST' }], 'RUN', 'POST'],
  ])('of %j begins with an execution of %s, in step %s', (ops, group, step) => {
    expect(new JobRun(ops).live).toMatchObject({ step, segment: { group } });
  });

  it('leaves a record of its Idempotency-Key that names the job', () => {
    const record = { project: 'web', owner: 'ada', key: 'k', bodyHash: 'h', expiresAt: RECEIVED + 1 };
    const context = { ...CONTEXT, idempotency: record };
    const change = submitJob(RUN_ID, spec, { user: 'ada', groups: [] }, context);
    expect(change.idempotency).toEqual({ ...record, jobId: RUN_ID });
  });

  it('names its execution by job, attempt, group and segment', () => {
    expect(executionName(RUN_ID, 2, { group: 'RECOVER', number: 3 })).toBe(`${RUN_ID}-2-RECOVER-3`);
  });
});

describe('a deletion', () => {
  it.each(JOB_STATUSES)('of a job that is %s is allowed when it has ended, and else refused', (status) => {
    const job = sampleJob(status);
    const decision = deleteJob(job, 'ada', NOW);
    if (isLive(job) || isWaiting(job)) {
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'CommandRefused' } });
      return;
    }
    expect(decision).toMatchObject({
      ok: true,
      change: {
        before: job.version,
        job: {
          status,
          owed: [{ kind: 'delete', by: NOW + 60_000 }],
          dueEntry: { lane: 'owed', at: NOW + 60_000 },
        },
        entries: [{ kind: 'note', actor: 'ada', message: 'Job deleted' }],
      },
    });
    if (decision.ok && decision.change !== null) expect(isDeleted(decision.change.job)).toBe(true);
    expect(isDeleted(job)).toBe(false);
  });

  it('keeps what the job owes besides', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.perform(0);
    run.cancel({ force: true });
    expect(deleteJob(run.job, 'ada', NOW)).toMatchObject({
      change: { job: { owed: [{ kind: 'stop' }, { kind: 'delete' }] } },
    });
  });
});

describe('a note', () => {
  it.each(JOB_STATUSES)('on a job that is %s changes nothing but the journal', (status) => {
    const job = sampleJob(status);
    const { job: after, entries } = addNote(job, { actor: 'ada', comment: 'see ticket 4' }, NOW);
    expect(entries).toMatchObject([
      { kind: 'note', actor: 'ada', message: 'see ticket 4', serial: job.logSerial + 1 },
    ]);
    expect(withoutCounts(after)).toEqual(withoutCounts(job));
  });

  it('of an action names its op', () => {
    const job = sampleJob('RUNNING');
    const line = { actor: 'worker', message: '3 of 9', op: { index: 1, name: 'two' } };
    expect(addLog(job, line, NOW).entries).toMatchObject([
      { kind: 'log', actor: 'worker', message: '3 of 9', op: { index: 1, name: 'two' } },
    ]);
  });
});

function withoutCounts(job: Job) {
  const { version: _version, logSerial: _serial, dueEntry: _entry, ...rest } = job;
  return rest;
}

describe('the head of a plain job', () => {
  const SMALL_BYTES = 1_024;

  it('stays small at every step, since every step writes it', () => {
    const run = new JobRun(
      Array.from({ length: 5 }, (_, index) => ({ name: `op-${index}`, rollback: { action: 'build' } })),
      { labels: { site: 'docs' } },
    );
    const sizes: number[] = [JSON.stringify(run.job).length];
    const measured = (current: JobRun) => {
      sizes.push(JSON.stringify(current.job).length);
      return { kind: 'succeeded' } as const;
    };
    run.play(Object.fromEntries([0, 1, 2, 3, 4].map((index) => [`op-${index}`, measured])));
    sizes.push(JSON.stringify(run.job).length);
    expect(run.job.status).toBe('COMPLETED_OK');
    expect(Math.max(...sizes)).toBeLessThan(SMALL_BYTES);
  });

  it('does not grow with its ops', () => {
    const sizeOf = (count: number) => {
      const run = new JobRun(Array.from({ length: count }, (_, index) => ({ name: `op-${index}` })));
      run.play();
      return JSON.stringify(run.job).length;
    };
    expect(sizeOf(60) - sizeOf(1)).toBeLessThan(20);
  });
});
