import type { Op, TriedOp } from '../op/op.ts';
import { begin } from './begin.ts';
import { changeOf, type Decision, type OpWrite } from './change.ts';
import type { Instant } from './instant.ts';
import { type BusyJob, endingOf, isParent, isStarting, type Job, type PausedJob } from './job.ts';
import { isToPause } from './live-segment.ts';
import { EFFECT_OWED_MS, startOf } from './owed-effect.ts';
import { refuseCommand } from './refuse-command.ts';
import { type Said, withComment } from './said.ts';

/**
 * A paused job runs on; one that was only asked to pause does not any more.
 *
 * @param ops of the attempt
 */
export function resumeJob(job: Job, ops: readonly Op[], said: Said, now: Instant): Decision<null> {
  const isRunning = job.status === 'RUNNING' || isStarting(job) || isParent(job);
  if (endingOf(job) !== undefined) return refuseCommand(job, 'resume');
  if (job.status === 'PAUSED') return { ok: true, change: runOn(job, ops, said, now), answer: null };
  if (!isRunning) return refuseCommand(job, 'resume');
  if (!isToPause(job)) return { ok: true, change: null, answer: null };
  const { pauseRequested: _asked, ...rest } = job;
  const change = changeOf('resume job', job, rest, now, {
    actor: said.actor,
    entries: [
      {
        kind: 'decision',
        message: withComment(`Does not pause after all, as ${said.actor} asked`, said.comment),
      },
    ],
  });
  return { ok: true, change, answer: null };
}

/** The job does again what it was paused in. */
export function runOn(job: PausedJob, ops: readonly Op[], said: Said, now: Instant) {
  const next: BusyJob = {
    ...begin(job, now),
    owed: [...startOf(job.owed), { kind: 'answer', op: job.activeOp, by: now + EFFECT_OWED_MS }],
  };
  return changeOf('resume job', job, next, now, {
    actor: said.actor,
    ops: withoutThePause(job, ops, now),
    entries: [
      {
        kind: 'status',
        from: job.status,
        to: next.status,
        message: withComment(`Resumed by ${said.actor}`, said.comment),
      },
    ],
  });
}

/** The pause used up nothing of the time in which an unreachable target is asked. */
function withoutThePause(job: PausedJob, ops: readonly Op[], now: Instant): OpWrite[] {
  const op = ops.find(({ attempt, index }) => attempt === job.attempt && index === job.activeOp);
  if (op?.status !== 'tried') return [];
  const clockSince = (op.clockSince ?? op.startedAt) + (now - job.pause.since);
  const resumed: TriedOp = { ...op, version: op.version + 1, clockSince };
  return [{ before: op.version, op: resumed }];
}
