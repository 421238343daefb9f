import type { Instant } from './instant.ts';
import {
  type CancelingJob,
  endingOf,
  isLive,
  isParent,
  isStarting,
  type Job,
  type LiveJob,
  type Liveness,
  type ParentJob,
  type RegainingJob,
  type RunningJob,
  type StartingJob,
} from './job.ts';
import { EFFECT_OWED_MS, type OwedEffect } from './owed-effect.ts';
import type { Segment, SegmentName } from './segment.ts';

/** Which execution a task says it serves. */
export interface Serves extends SegmentName {
  readonly attempt: number;
}

/**
 * The job, if this execution is its current one and has something left to do; an execution that was
 * superseded gets null, and so does everyone once the job's end is decided: it is only wound up then.
 */
export function servedBy(job: Job, serves: Serves): LiveJob | null {
  if (!isLive(job) || job.attempt !== serves.attempt || endingOf(job) !== undefined) return null;
  const { group, number } = job.segment;
  return group === serves.group && number === serves.number ? job : null;
}

/** Whether the job's ops are being stopped; a segment that was made to undo what they did goes on. */
export function isStopping(job: LiveJob): job is CancelingJob {
  return job.status === 'CANCELING' && !(job.segment.group === 'RECOVER' && job.decided.undo);
}

/** Whether somebody wants the job to stop before its next op. */
export function isToPause(job: LiveJob): job is AskedToPause {
  const mayPause = job.status === 'RUNNING' || isStarting(job) || isParent(job);
  return mayPause && job.pauseRequested !== undefined;
}

/**
 * A segment hands over to the next before an execution's limits: 25,000 history events at about 25 a
 * failed try (a Map iteration, two callback tasks, a Choice, a Wait) would allow 1,000; one year.
 */
const SEGMENT_MAX_TRIES = 500;
export const SEGMENT_MAX_MS = 300 * 24 * 60 * 60 * 1000;

/** Whether the next thing that takes long is the next segment's. */
export function isWornOut(segment: Segment, now: Instant): boolean {
  return segment.tries >= SEGMENT_MAX_TRIES || now - segment.committedAt >= SEGMENT_MAX_MS;
}

type AskedToPause = (StartingJob | RunningJob | ParentJob | RegainingJob) & {
  readonly pauseRequested: NonNullable<RunningJob['pauseRequested']>;
};

/** First look at a job's execution, and the look that is never exceeded: 5 minutes to 6 hours. */
export interface LivenessPolicy {
  readonly firstSeconds: number;
  readonly maxSeconds: number;
}

/** The next segment of an attempt, with the start it owes. */
export function nextSegment(
  segments: number,
  group: Segment['group'],
  now: Instant,
  liveness: LivenessPolicy,
): {
  readonly segment: Segment;
  readonly segments: number;
  readonly liveness: Liveness;
  readonly owed: OwedEffect[];
} {
  const number = segments + 1;
  return {
    segment: { group, number, committedAt: now, tries: 0 },
    segments: number,
    liveness: { at: now + liveness.firstSeconds * 1000, afterSeconds: liveness.firstSeconds },
    owed: [{ kind: 'start', by: now + EFFECT_OWED_MS }],
  };
}
