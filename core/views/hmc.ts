import type { JobSpec } from '../contract/job-spec.ts';
import { isoOf } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import type { Op } from '../op/op.ts';
import { type OpStatus, type OpView, opViews } from '../op/op-view.ts';
import { type StatusView, statusView } from './status-views.ts';
import { viewSubjectOf } from './view-subject.ts';
import type { Word } from './vocabularies.ts';

/** One entry of JobResponse.Progress.CompletedTasks: an op that has ended. */
export interface CompletedTask {
  readonly name: string;
  readonly status: Word<'hmc'>;
  readonly message: string;
}

/** A job as a client of IBM's Hardware Management Console reads it. */
export interface HmcView extends StatusView<'hmc'> {
  /** Of all three COMPLETED_*, which refer to it for details. */
  readonly completedTasks?: readonly CompletedTask[];
  /** Whether trying the whole job again may help, as after FAILED_BEFORE_COMPLETION_RETRY. */
  readonly retry: boolean;
  /** ISO 8601; only when the target named a time. */
  readonly retryAfter?: string;
}

export function hmcView(job: Job, spec: JobSpec, ops: readonly Op[]): HmcView {
  const view = statusView('hmc', viewSubjectOf(job));
  return {
    ...view,
    ...(view.status.startsWith('COMPLETED_') ? { completedTasks: tasksOf(opViews(job, spec, ops)) } : {}),
    ...retryOf(job),
  };
}

/**
 * What an op has to say: the text `result` of its result, else the error it raised, else its
 * warnings. Results come before exceptions, as in the HMC's job responses.
 */
export function taskMessage(op: Pick<OpView, 'result' | 'error' | 'warnings'>): string {
  const { result } = op;
  const text =
    result !== null && typeof result === 'object' && !Array.isArray(result) ? result['result'] : undefined;
  if (typeof text === 'string') return text;
  return op.error?.message ?? op.warnings?.join('; ') ?? '';
}

/** How an op ended, in the words for a job; the HMC's page has no others. Warnings are still a success. */
const WORD_OF: Readonly<Partial<Record<OpStatus, Word<'hmc'>>>> = {
  success: 'COMPLETED_OK',
  error: 'FAILED_BEFORE_COMPLETION',
  canceled: 'CANCELED_WHILE_RUNNING',
};

function tasksOf(ops: readonly OpView[]): readonly CompletedTask[] {
  return ops.flatMap((op) => {
    const status = WORD_OF[op.status];
    // An op that never began is no completed task, whatever its follower's fate reads as.
    return status === undefined || op.try === 0 ? [] : [{ name: op.name, status, message: taskMessage(op) }];
  });
}

/** A failed job that was canceled never runs again, whatever its failure was. */
function retryOf(job: Job): Pick<HmcView, 'retry' | 'retryAfter'> {
  if (!('retryable' in job) || job.status === 'CANCELED_AFTER_FAILURE') return { retry: false };
  const { retryable, retryAfter } = job;
  return {
    retry: retryable,
    ...(retryable && retryAfter !== undefined ? { retryAfter: isoOf(retryAfter) } : {}),
  };
}
