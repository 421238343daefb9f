import type { Instant } from './instant.ts';
import { endingOf, isLive, type Job, type LiveJob, type Liveness } from './job.ts';
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
