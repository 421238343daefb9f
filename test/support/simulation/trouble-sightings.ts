import { isHeld, isLive, isWaiting, type Job } from '../../../core/job/job.ts';
import { JOBPLANE } from '../../../core/job/journal-entry.ts';
import { isSettled } from '../../../core/job/status.ts';
import type { CommittedChange } from './commit-checks.ts';
import type { Coverage, Sight } from './coverage.ts';
import { expectedRerun } from './expected-attempt.ts';

/** Notes what a commit shows of traps, pauses, and attempts beyond the first. */
export function sawTrouble(coverage: Coverage, committed: CommittedChange): void {
  for (const sight of [...holdSights(committed), ...attemptSights(committed), ...endSights(committed)]) {
    coverage.saw(sight);
  }
}

function holdSights(committed: CommittedChange): readonly Sight[] {
  const { change, before } = committed;
  const head = before?.head;
  if (head === undefined) return [];
  switch (change.transition) {
    case 'trap job':
      return trapSights(committed);
    case 'answer trap':
      return answerSights(committed, head);
    case 'begin job':
      return ['pause before the first op'];
    case 'pause job':
      return [
        'pause',
        ...(change.ops[0]?.op.status === 'tried' ? (['pause between two tries'] as const) : []),
        ...(isOfPost(committed, change.job) ? (['pause before POST'] as const) : []),
      ];
    case 'resume job':
      if (head.status !== 'PAUSED') return ['pause taken back'];
      return [
        head.decided !== undefined && change.entries[0]?.actor === JOBPLANE
          ? 'pause over after a failure'
          : 'resume',
      ];
    case 'end pause':
      return [isOfPost(committed, head) ? 'pause over before POST' : 'pause over'];
    case 'continue in next segment':
      if (committed.serves === undefined) return [handOverSight(head)];
      return isHeld(head) ? ['hold handed over after an outage'] : [];
    case 'hold op':
      return isHeld(head) ? ['token of a hold replaced'] : [];
    default:
      return isHeld(head) ? interruptionSights(committed, head) : [];
  }
}

function trapSights({ change, spec }: CommittedChange): readonly Sight[] {
  const index = change.ops[0]?.op.index ?? 0;
  const isRollback = index >= spec.ops.length;
  return [
    isRollback ? 'trap of a rollback' : spec.ops[index]?.step === 'POST' ? 'trap in POST' : 'trap',
    ...(isRollback && change.job.again?.kind === 'rollback' ? (['trap in a manual rollback'] as const) : []),
  ];
}

function answerSights({ change }: CommittedChange, head: Job): readonly Sight[] {
  const { lastTrap } = change.job;
  if (lastTrap === undefined) return [];
  const { answer, actor } = lastTrap;
  const owesStart = head.owed.some(({ kind }) => kind === 'start');
  if (actor === JOBPLANE) {
    return answer === 'pause' || answer === 'resume' ? [] : [`trap timeout: ${answer}`];
  }
  return [
    `trap answer: ${answer}`,
    ...(head.status === 'TRAP_PAUSED' && answer !== 'resume'
      ? (['answer while the countdown stands still'] as const)
      : []),
    ...(owesStart ? (['answer while a start is owed'] as const) : []),
  ];
}

function handOverSight(head: Job): Sight {
  switch (head.status) {
    case 'TRAPPED':
    case 'TRAP_PAUSED':
    case 'PAUSED':
      return `hold handed over: ${head.status}`;
    default:
      return 'long wait handed over';
  }
}

/** What ends a hold that is no answer to it. */
function interruptionSights({ change }: CommittedChange, head: Job): readonly Sight[] {
  const isPaused = head.status === 'PAUSED';
  switch (change.transition) {
    case 'cancel job':
      return [
        isPaused ? 'cancel of a paused job' : 'cancel of a trapped job',
        ...(head.owed.some(({ kind }) => kind === 'start')
          ? (['cancel while a start is owed'] as const)
          : []),
      ];
    case 'force end':
      return [isPaused ? 'force of a paused job' : 'force of a trapped job'];
    case 'abend job':
      return ['abend of a held job'];
    default:
      return [];
  }
}

function isOfPost({ spec }: CommittedChange, job: Job): boolean {
  return 'activeOp' in job && job.activeOp !== undefined && spec.ops[job.activeOp]?.step === 'POST';
}

function attemptSights(committed: CommittedChange): readonly Sight[] {
  const { change, before, attempt, gives } = committed;
  const head = before?.head;
  if (head === undefined || head.attempt === change.job.attempt) return [];
  const common: readonly Sight[] = [
    ...(head.holds.length > 0 ? (['attempt begins before what was held is given back'] as const) : []),
    ...(head.owed.some(({ kind }) => kind === 'tell')
      ? (['attempt begins before dependents are told'] as const)
      : []),
    ...(head.owed.some(({ kind }) => kind === 'stop')
      ? (['attempt begins before an execution is stopped'] as const)
      : []),
    ...(attempt.standing === 'COMPLETED_WITH_WARNINGS' ? (['warnings stand'] as const) : []),
    ...(attempt.leftBehind ? (['something is left behind'] as const) : []),
  ];
  if (change.transition === 'roll back job') {
    const attempts = new Set(attempt.undoes.map((run) => run.attempt));
    return [
      ...common,
      ...(attempts.size > 1 ? (['manual rollback of several attempts'] as const) : []),
      ...(isWaiting(change.job) ? (['manual rollback waits'] as const) : []),
    ];
  }
  if (gives?.kind !== 'rerun') return [...common, 'expired job is given another date'];
  return [
    ...common,
    `rerun from ${gives.from}`,
    ...(gives.runNow && head.scheduledAt !== undefined ? (['rerun at once'] as const) : []),
    ...(attempt.gatesPassed ? (['rerun asks nothing again'] as const) : []),
    ...(attempt.standing !== undefined && attempt.standing !== 'COMPLETED_WITH_WARNINGS'
      ? (['failure stands'] as const)
      : []),
    ...(beginsEarlier(committed, gives.from) ? (['rerun begins at what was undone'] as const) : []),
    ...(head.hasDependents === true ? (['rerun of a job that others depend on'] as const) : []),
  ];
}

/** Not at the op that was asked for, since one before it is missing. */
function beginsEarlier({ before, attempt, spec }: CommittedChange, from: string): boolean {
  if (before === undefined || from === 'failedOp') return false;
  const step = spec.ops[attempt.firstOp]?.step;
  return (
    expectedRerun(before, 'PRE') !== null && step !== undefined && STEPS.indexOf(step) < STEPS.indexOf(from)
  );
}

const STEPS: readonly string[] = ['PRE', 'RUN', 'POST'];

function endSights({ change, before, attempt }: CommittedChange): readonly Sight[] {
  const { job, transition } = change;
  if (transition === 'mark for deletion' && job.attempt > 1) return ['deletion after a rerun'];
  const isEnd = before !== undefined && isSettled(job.status) && !isSettled(before.head.status);
  if (!isEnd || attempt.kind !== 'rollback') return [];
  if (transition === 'force end' && isLive(before.head)) return ['manual rollback forced'];
  switch (job.status) {
    case 'ROLLED_BACK':
      return [job.rollback === 'ok' ? 'manual rollback' : 'manual rollback failed'];
    case 'ABENDED':
      return ['manual rollback abended'];
    default:
      return ['manual rollback canceled'];
  }
}
