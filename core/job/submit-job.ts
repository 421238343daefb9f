import type { JobSpec } from '../contract/job-spec.ts';
import type { AdmissionFacts, Candidate } from './admission.ts';
import { admitAnew } from './admit-anew.ts';
import { type Change, changeOf, type IdempotencyRecord } from './change.ts';
import type { JobId } from './identifiers.ts';
import { JOB_SCHEMA_VERSION } from './job.ts';
import { opsOf } from './plan.ts';
import { startDates } from './start-dates.ts';

/** Who submits, as the verified token says. */
export interface Submitter {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * A new job, admitted as far as it gets at once: where nothing is in its way, it takes all it needs and
 * its first execution is committed and owed in the transaction that stores it.
 */
export function submitJob(
  id: JobId,
  spec: JobSpec,
  submitter: Submitter,
  context: AdmissionFacts & {
    readonly idempotency?: Omit<IdempotencyRecord, 'jobId'>;
    /** False: it is only stored now and lines up next, since others are in each other's way there. */
    readonly lineUp: boolean;
  },
): Change {
  const { now } = context;
  const group = opsOf(spec, ['PRE']).length > 0 ? 'PRE' : 'RUN';
  const job: Candidate['job'] = {
    schema: JOB_SCHEMA_VERSION,
    id,
    project: spec.project,
    name: spec.name,
    origin: 'api',
    owner: submitter.user,
    ownerGroups: [...submitter.groups],
    labels: spec.labels,
    ...(spec.sessionId === undefined ? {} : { sessionId: spec.sessionId }),
    queue: spec.queue,
    priority: spec.priority,
    step: 'INIT',
    attempt: 1,
    segments: 0,
    opsTotal: spec.ops.length,
    opsRun: 0,
    warnings: 0,
    rollback: 'none',
    receivedAt: now,
    ...startDates(spec.schedule, now),
    root: id,
    holds: [],
    version: 1,
    logSerial: 1,
    owed: [],
  };
  const candidate: Candidate = { job, group, held: spec.hold, lineUp: context.lineUp };
  const admitted = admitAnew(candidate, spec, 'confirmation', context);
  const message = `Job ${spec.name} submitted`;
  const change = changeOf('submit job', null, admitted.job, now, {
    actor: submitter.user,
    semaphores: admitted.semaphores,
    touched: admitted.touched,
    dependsOn: admitted.dependsOn,
    entries: [
      { kind: 'status', from: null, to: admitted.job.status, message: `${message}. ${admitted.message}` },
    ],
  });
  return {
    ...change,
    spec,
    ...(context.idempotency === undefined ? {} : { idempotency: { ...context.idempotency, jobId: id } }),
  };
}
