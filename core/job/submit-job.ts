import type { ChildItem } from '../children/child-spec.ts';
import type { ChildLink } from '../children/group.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { AdmissionFacts, Candidate } from './admission.ts';
import { admitAnew } from './admit-anew.ts';
import { type Change, changeOf, type IdempotencyRecord } from './change.ts';
import type { JobId } from './identifiers.ts';
import { JOB_SCHEMA_VERSION, type Job } from './job.ts';
import { opsOf } from './plan.ts';
import { startDates } from './start-dates.ts';

/** Who submits, as the verified token says. */
export interface Submitter {
  readonly user: string;
  readonly groups: readonly string[];
}

/** What submits a job for somebody. */
export interface Origin {
  readonly kind: Job['origin'];
  /** What the journal says of it, after "Job <name> submitted". */
  readonly words: string;
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
    /** Whose child it is. */
    readonly family?: { readonly childItem: ChildItem; readonly root: JobId; readonly link: ChildLink };
    /** False: it is only stored now and lines up next, since others are in each other's way there. */
    readonly lineUp: boolean;
    /** None: somebody did, through the API. */
    readonly origin?: Origin;
  },
): Change {
  const { now, origin } = context;
  const group = opsOf(spec, ['PRE']).length > 0 ? 'PRE' : 'RUN';
  const job: Candidate['job'] = {
    schema: JOB_SCHEMA_VERSION,
    id,
    project: spec.project,
    name: spec.name,
    origin: origin?.kind ?? (context.family === undefined ? 'api' : 'parent'),
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
    root: context.family?.root ?? id,
    ...(context.family === undefined ? {} : { parent: context.family.childItem.parent }),
    holds: [],
    version: 1,
    logSerial: 1,
    owed: [],
  };
  const candidate: Candidate = { job, group, held: spec.hold, lineUp: context.lineUp };
  const admitted = admitAnew(candidate, spec, 'confirmation', context);
  const message = `Job ${spec.name} submitted${origin?.words ?? ''}`;
  const change = changeOf('submit job', null, admitted.job, now, {
    actor: submitter.user,
    semaphores: admitted.semaphores,
    touched: admitted.touched,
    dependsOn: admitted.dependsOn,
    ...(context.family === undefined ? {} : { child: context.family.link }),
    entries: [
      { kind: 'status', from: null, to: admitted.job.status, message: `${message}. ${admitted.message}` },
    ],
  });
  return {
    ...change,
    ...(context.family === undefined ? { spec } : { childItem: context.family.childItem }),
    ...(context.idempotency === undefined ? {} : { idempotency: { ...context.idempotency, jobId: id } }),
  };
}
