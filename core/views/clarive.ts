import { isoOf } from '../job/instant.ts';
import type { Job, Step, TrapAnswer } from '../job/job.ts';
import { type StatusView, statusView } from './status-views.ts';
import { type ViewSubject, viewSubjectOf } from './view-subject.ts';

/** The four dates of Clarive's monitor, as ISO 8601; those that are not known yet are absent. */
export interface ClariveDates {
  /** When the job really started its first step. */
  readonly startDate?: string;
  /** When the job really reached END. */
  readonly endDate?: string;
  /** When RUN is planned to start. */
  readonly scheduled?: string;
  /** If RUN has not started by then, the job expires. */
  readonly maxStartDate?: string;
}

/** A job as a row of Clarive's job monitor. */
export interface ClariveView extends StatusView<'clarive'> {
  /** Always beside the status: Ready of PRE and Ready of RUN are not the same. */
  readonly step: Step;
  /** Percent, 0 to 100. */
  readonly progress: number;
  readonly dates: ClariveDates;
  /** What the job touches; known only after PRE. */
  readonly natures?: readonly string[];
  readonly rollback?: 'Rollback OK' | 'Rollback failed';
  /** The last answer that a trap of the job was given. */
  readonly lastTrapAnswer?: TrapAnswer;
}

export function clariveView(job: Job): ClariveView {
  const subject = viewSubjectOf(job);
  const view = statusView('clarive', subject);
  const { natures } = job;
  return {
    ...view,
    step: job.step,
    progress: clariveProgress({ ...job, finished: view.status === 'Finished' }),
    dates: datesOf(job),
    ...(natures === undefined || isBeforeRun(job.step) ? {} : { natures }),
    ...rollbackTextOf(subject),
    ...(job.lastTrap === undefined ? {} : { lastTrapAnswer: job.lastTrap.answer }),
  };
}

/**
 * Ops that have run of all ops in whole percent, loops not unrolled, counted for the attempt; 100 when
 * finished, and 100 before that only when every op has run (Clarive: Job Progress).
 */
export function clariveProgress(counts: { opsRun: number; opsTotal: number; finished: boolean }): number {
  if (counts.finished) return 100;
  return Math.min(100, Math.floor((100 * counts.opsRun) / counts.opsTotal));
}

/** How the undoing of a job went, once it is over. */
export function rollbackTextOf({ rollback }: Pick<ViewSubject, 'rollback'>): {
  rollback?: 'Rollback OK' | 'Rollback failed';
} {
  if (rollback === 'ok') return { rollback: 'Rollback OK' };
  return rollback === 'failed' ? { rollback: 'Rollback failed' } : {};
}

function datesOf(job: Job): ClariveDates {
  const { startedAt, scheduledAt, maxStartAt } = job;
  return {
    ...(startedAt === undefined ? {} : { startDate: isoOf(startedAt) }),
    ...('endedAt' in job ? { endDate: isoOf(job.endedAt) } : {}),
    ...(scheduledAt === undefined ? {} : { scheduled: isoOf(scheduledAt) }),
    ...(maxStartAt === undefined ? {} : { maxStartDate: isoOf(maxStartAt) }),
  };
}

function isBeforeRun(step: Step): boolean {
  return step === 'INIT' || step === 'PRE';
}
