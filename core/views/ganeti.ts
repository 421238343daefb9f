import type { JobSpec } from '../contract/job-spec.ts';
import type { Job } from '../job/job.ts';
import type { Op } from '../op/op.ts';
import { opViews } from '../op/op-view.ts';
import { calcStatus } from './ganeti/calc-status.ts';
import { type StatusView, statusView } from './status-views.ts';
import { viewSubjectOf } from './view-subject.ts';

/** A job as Ganeti's job queue reads it. */
export type GanetiView = StatusView<'ganeti'>;

/**
 * The status that CalcStatus computes from the ops. Between two ops that is `queued`, which is what
 * Ganeti's own jobs read then. It is not exact where the ops alone say something else than the job:
 * while a failure that was allowed to `continue` makes it read `error`, say.
 */
export function ganetiView(job: Job, spec: JobSpec, ops: readonly Op[]): GanetiView {
  const status = calcStatus(opViews(job, spec, ops).map((op) => op.status));
  const ofTheJob = statusView('ganeti', viewSubjectOf(job));
  const betweenOps = job.status === 'RUNNING' && status === 'queued';
  return { status, exact: ofTheJob.exact && (status === ofTheJob.status || betweenOps) };
}
