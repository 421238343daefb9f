import type { JobSpec } from '../contract/job-spec.ts';
import { type Change, changeOf, type IdempotencyRecord } from './change.ts';
import type { JobId } from './identifiers.ts';
import type { Instant } from './instant.ts';
import { JOB_SCHEMA_VERSION, type StartingJob } from './job.ts';
import { type LivenessPolicy, nextSegment } from './live-segment.ts';
import { opsOf } from './plan.ts';

/** Who submits, as the verified token says. */
export interface Submitter {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * A new job, admitted at once: it holds everything it needs, so its first execution is committed
 * and owed in the transaction that stores it.
 */
export function submitJob(
  id: JobId,
  spec: JobSpec,
  submitter: Submitter,
  context: { now: Instant; liveness: LivenessPolicy; idempotency?: Omit<IdempotencyRecord, 'jobId'> },
): Change {
  const { now } = context;
  const group = opsOf(spec, ['PRE']).length > 0 ? 'PRE' : 'RUN';
  const job: StartingJob = {
    schema: JOB_SCHEMA_VERSION,
    id,
    project: spec.project,
    name: spec.name,
    origin: 'api',
    owner: submitter.user,
    ownerGroups: [...submitter.groups],
    labels: spec.labels,
    queue: spec.queue,
    priority: spec.priority,
    step: group,
    attempt: 1,
    opsTotal: spec.ops.length,
    opsRun: 0,
    warnings: 0,
    rollback: 'none',
    receivedAt: now,
    root: id,
    version: 1,
    logSerial: 1,
    status: 'QUEUED',
    waitReason: 'starting',
    ...nextSegment(0, group, now, context.liveness),
  };
  const change = changeOf('submit job', null, job, now, {
    actor: submitter.user,
    entries: [{ kind: 'status', from: null, to: job.status, message: `Job ${spec.name} submitted` }],
  });
  return {
    ...change,
    spec,
    ...(context.idempotency === undefined ? {} : { idempotency: { ...context.idempotency, jobId: id } }),
  };
}
