import { expect, it } from 'vitest';
import { commonOf, type Ending, type Job, type WaitingJob } from '../../../core/job/job.ts';
import { commit, jobId, RECEIVED_AT, submission } from '../job-steps.ts';
import type { OpenStore } from '../job-store.conformance.ts';
import { noteWith } from '../line-steps.ts';

const ID = jobId(1);
const LATER = RECEIVED_AT + 60_000;

/** Numbers and depths that only JSON can hold. */
const DETAIL = { huge: 1e300, deep: JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`) };

const END = { rollback: 'none', actor: 'jobplane', message: 'Job ended' } as const;

const ENDINGS: readonly Ending[] = [
  { ...END, status: 'COMPLETED_OK' },
  {
    ...END,
    status: 'FAILED',
    error: { code: 'Odd', message: 'odd', detail: DETAIL },
    retryable: true,
    retryAfter: LATER,
  },
  { ...END, status: 'CANCELED_WHILE_RUNNING', cancel: { actor: 'ada', reason: 'no more' } },
];

export function keepingHeads(open: OpenStore): void {
  it('keeps a job in every status in which it waits, with all that it may have there', async () => {
    const store = await open();
    let job = await commit(store, submission(ID));
    for (const waiting of waitingHeads(job)) {
      const { version, logSerial } = noteWith(job, {}).job;
      const next: Job = { ...waiting, version, logSerial };
      job = await commit(store, noteWith(job, { job: next }));
      expect(await store.readJob(ID)).toEqual(next);
    }
  });

  it('keeps the end that a job waits to have', async () => {
    const store = await open();
    let job = await commit(store, submission(ID));
    for (const ending of ENDINGS) {
      const { version, logSerial } = noteWith(job, {}).job;
      const [waiting] = waitingHeads(job);
      if (waiting === undefined) throw new Error('a job can wait');
      const next: Job = { ...waiting, ending, version, logSerial };
      job = await commit(store, noteWith(job, { job: next }));
      expect(await store.readJob(ID)).toEqual(next);
    }
  });
}

/** One head of each kind, some of them with what only some jobs have. */
function waitingHeads(job: Job): readonly WaitingJob[] {
  const common = { ...commonOf(job), group: 'RUN', since: RECEIVED_AT } as const;
  const holds = [
    { need: 0, fence: 3 },
    { need: 2, fence: 17 },
  ];
  const place = { need: 1, rank: RECEIVED_AT };
  return [
    { ...common, status: 'CREATED', waitReason: 'confirmation', opPriorities: { 0: -20, 499: 19 } },
    {
      ...common,
      status: 'SCHEDULED',
      waitReason: 'date',
      scheduledAt: LATER,
      maxStartAt: LATER,
      alarms: [LATER, LATER + 1],
    },
    { ...common, status: 'WAITING_APPROVAL', waitReason: 'approval', approvalUntil: LATER },
    { ...common, status: 'WAITING_DEPENDENCY', waitReason: 'dependencies', hasDependents: true },
    { ...common, status: 'PENDING', waitReason: 'admission', place },
    { ...common, status: 'PENDING', waitReason: 'release', holds },
    { ...common, status: 'QUEUED', waitReason: 'resource', place, holds },
    { ...common, status: 'QUEUED', waitReason: 'slot', holds, alarms: [] },
    { ...common, status: 'WAITING_LOCK', waitReason: 'lock', place, holds, opPriorities: {} },
  ];
}
