import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Json } from '../../../core/op/references.ts';
import type { PlannedCommand } from './job-plan.ts';
import type { Random } from './random.ts';

type Command = PlannedCommand['command'];

/** `onError: trap` with a policy, as an op or a rollback declares it. */
export function trapOf(random: Random, longestSeconds: number): Record<string, Json> {
  const timeout = random.chance(0.6) ? { timeout: `PT${random.int(1, longestSeconds)}S` } : {};
  const onTimeout = random.weighted({ abort: 40, skip: 25, retry: 35 });
  const policy = { ...timeout, onTimeout, maxRetries: random.int(1, 2) };
  return { onError: 'trap', ...(random.chance(0.85) ? { trap: policy } : {}) };
}

/** How often people do what; a crowd has less of it, so that its jobs get to their ends. */
export interface Trouble {
  readonly pauses: number;
  readonly reruns: number;
}

/** What people do to a job that is in trouble, or that they want to be: at right moments and at wrong ones. */
export function planTrouble(
  random: Random,
  spec: JobSpec,
  often: Trouble,
  at: () => PlannedCommand['afterCommits'],
): readonly PlannedCommand[] {
  const hasTrap = spec.ops.some(
    ({ onError, rollback }) => onError === 'trap' || rollback?.onError === 'trap',
  );
  return [
    ...(hasTrap
      ? answers(random, at)
      : random.chance(0.05)
        ? [{ afterCommits: at(), command: answer(random) }]
        : []),
    ...(random.chance(often.pauses) ? pauses(random, at) : []),
    ...(random.chance(often.reruns) ? furtherAttempts(random) : []),
  ];
}

/** What somebody does just when a job is held, one thing each time. */
function answers(random: Random, at: () => PlannedCommand['afterCommits']): readonly PlannedCommand[] {
  const held: Command[] = [];
  for (let left = random.int(0, 4); left > 0; left -= 1) {
    const next = random.chance(0.2) ? interruption(random) : answer(random);
    held.push(next);
    if (next.kind === 'trap' && next.answer === 'pause' && random.chance(0.4)) {
      held.push({ kind: 'trap', answer: 'resume' });
    }
  }
  const wrong = random.chance(0.15) ? [{ afterCommits: at(), command: answer(random) }] : [];
  return [...held.map((command): PlannedCommand => ({ afterCommits: 'held', command })), ...wrong];
}

function answer(random: Random): Command {
  return {
    kind: 'trap',
    answer: random.weighted({ retry: 30, skip: 20, abort: 14, pause: 22, resume: 14 }),
  };
}

function interruption(random: Random): Command {
  switch (random.weighted({ cancel: 40, force: 25, stop: 35 })) {
    case 'cancel':
      return { kind: 'cancel', force: false, onlyIfQueued: false, rollback: random.chance(0.7) };
    case 'force':
      return { kind: 'cancel', force: true, onlyIfQueued: false, rollback: true };
    case 'stop':
      return { kind: 'stop execution' };
  }
}

function pauses(random: Random, at: () => PlannedCommand['afterCommits']): readonly PlannedCommand[] {
  const resume: Command = { kind: 'resume' };
  const whenHeld = random.weighted({ resume: 60, interruption: 15, nothing: 25 });
  return [
    { afterCommits: at(), command: { kind: 'pause' } },
    ...(random.chance(0.2) ? [{ afterCommits: at(), command: { kind: 'pause' } } as const] : []),
    ...(whenHeld === 'resume' ? [{ afterCommits: 'held', command: resume } as const] : []),
    ...(whenHeld === 'interruption'
      ? [{ afterCommits: 'held', command: interruption(random) } as const]
      : []),
    ...(random.chance(0.3) ? [{ afterCommits: at(), command: resume }] : []),
  ];
}

/** One after the other, each at the end of an attempt; and what comes between. */
export function furtherAttempts(random: Random): readonly PlannedCommand[] {
  const commands: PlannedCommand[] = [];
  do {
    commands.push({ afterCommits: 'end', command: furtherAttempt(random) });
    if (random.chance(0.3)) commands.push({ afterCommits: 'attempt', command: meanwhile(random) });
  } while (random.chance(0.45));
  return commands;
}

function furtherAttempt(random: Random): Command {
  switch (random.weighted({ rerun: 64, rollback: 26, reschedule: 4, delete: 6 })) {
    case 'rerun': {
      const from = random.weighted({ PRE: 25, RUN: 30, POST: 15, failedOp: 30 });
      return { kind: 'rerun', from, runNow: from === 'RUN' && random.chance(0.5) };
    }
    case 'rollback':
      return { kind: 'rollback' };
    case 'reschedule':
      return { kind: 'reschedule', inMs: random.int(-1_000, 20_000), startWithinSeconds: undefined };
    case 'delete':
      return { kind: 'delete' };
  }
}

function meanwhile(random: Random): Command {
  return random.pick([interruption(random), { kind: 'forge' }, { kind: 'pause' }, { kind: 'rollback' }]);
}
