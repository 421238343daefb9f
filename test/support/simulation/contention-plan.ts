import { type JobSpec, jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { isoOf } from '../../../core/job/instant.ts';
import type { Json } from '../../../core/op/references.ts';
import type { QueueLimits } from '../../../core/queue/queue.ts';
import {
  type Behaviour,
  type JobPlan,
  OUTLASTS_HISTORIES,
  type PlannedCommand,
  type PlannedDependency,
} from './job-plan.ts';
import type { Random } from './random.ts';
import type { PlannedSetting } from './settings.ts';
import { furtherAttempts, planTrouble, trapOf } from './trouble-plan.ts';

/** Jobs that are in each other's way, and what operators change meanwhile. */
export interface ContentionPlan {
  readonly jobs: readonly JobPlan[];
  readonly settings: readonly PlannedSetting[];
}

/** What a history has that its jobs can ask for, and how they come. */
interface Stock {
  /** Everybody wants the same few things at once, and few wait for anything else before. */
  readonly isCrowded: boolean;
  readonly start: number;
  readonly queues: readonly [string, ...string[]];
  readonly resources: readonly { readonly name: string; readonly scope: Scope; readonly capacity: number }[];
  readonly locks: readonly { readonly name: string; readonly scope: Scope }[];
}

type Scope = 'project' | 'global';

/** Settings are there before the first job comes. */
const FIRST_JOB_MS = 500;
const JOBS_WITHIN_MS = [2_000, 15_000] as const;
const RUSH_MS = [100, 3_000, 10_000] as const;
const COMMANDS_WITHIN_MS = 60_000;
const CROWD_COMMANDS_WITHIN_MS = 15_000;
const SETTINGS_WITHIN_MS = 90_000;
const MAX_CAPACITY = 5;
/** Whoever is held keeps what others want, so nobody is for long. */
const LONGEST_HOLD_SECONDS = 40;
const OPERATOR_WITHIN_MS = 60_000;

/** A few short jobs that want the same things, from a start on. */
export function planContention(random: Random, start: number): ContentionPlan {
  const isCrowded = random.chance(0.5);
  const stock: Stock = {
    isCrowded,
    start,
    queues: random.chance(0.8) ? ['main'] : ['main', 'default'],
    resources: ['tape', 'disk'].slice(0, random.int(isCrowded ? 1 : 0, isCrowded ? 1 : 2)).map((name) => ({
      name,
      scope: scope(random),
      capacity: random.int(isCrowded ? 3 : 1, MAX_CAPACITY),
    })),
    locks: ['a', 'b', 'c']
      .slice(0, random.int(0, isCrowded ? 1 : 3))
      .map((name) => ({ name, scope: scope(random) })),
  };
  const count = isCrowded
    ? Number(random.weighted({ '3': 30, '4': 35, '5': 20, '6': 10, '7': 5 }))
    : Number(random.weighted({ '2': 45, '3': 35, '4': 12, '5': 8 }));
  const withinMs = random.pick(isCrowded ? RUSH_MS : JOBS_WITHIN_MS);
  const jobs = Array.from({ length: count }, (_, position) =>
    planJob(random, position, stock, FIRST_JOB_MS + random.int(0, withinMs)),
  );
  const dependedOn = new Set(jobs.flatMap(({ dependencies = [] }) => dependencies.map(({ on }) => on)));
  return {
    jobs: jobs.map((job, position) =>
      // Just when its dependents are told of its end.
      dependedOn.has(position) && random.chance(0.4)
        ? { ...job, commands: [...furtherAttempts(random), ...job.commands] }
        : job,
    ),
    settings: [...initialSettings(random, stock), ...laterSettings(random, stock)],
  };
}

function scope(random: Random): Scope {
  return random.chance(0.75) ? 'project' : 'global';
}

function initialSettings(random: Random, { queues, resources, isCrowded }: Stock): readonly PlannedSetting[] {
  return [
    ...queues.flatMap((name): PlannedSetting[] =>
      name === 'default' && random.chance(0.5)
        ? []
        : [
            {
              afterMs: 0,
              set: { kind: 'queue', name, limits: { ...limits(random, isCrowded), draining: false } },
            },
          ],
    ),
    ...resources.map(
      ({ name, scope: of, capacity }): PlannedSetting => ({
        afterMs: 0,
        set: { kind: 'resource', scope: of === 'global' ? '*' : 'web', name, capacity, paused: false },
      }),
    ),
  ];
}

function laterSettings(random: Random, { queues, resources, isCrowded }: Stock): readonly PlannedSetting[] {
  const count = Number(random.weighted({ '0': 35, '1': 25, '2': 20, '3': 10, '4': 10 }));
  return Array.from({ length: count }, (): PlannedSetting => {
    const afterMs = random.int(FIRST_JOB_MS, SETTINGS_WITHIN_MS);
    const [first, ...others] = resources;
    if (first === undefined || random.chance(0.65)) {
      return {
        afterMs,
        set: { kind: 'queue', name: random.pick(queues), limits: limits(random, isCrowded) },
      };
    }
    const resource = random.pick([first, ...others]);
    return {
      afterMs,
      set: {
        kind: 'resource',
        scope: resource.scope === 'global' ? '*' : 'web',
        name: resource.name,
        capacity: random.int(0, MAX_CAPACITY + 1),
        paused: random.chance(0.15),
      },
    };
  });
}

/** In a crowd, few limits, so that most meet at what they all want. */
function limits(random: Random, isCrowded: boolean): QueueLimits {
  return {
    ...(random.chance(isCrowded ? 0.35 : 0.7) ? { maxRunning: random.int(1, 3) } : {}),
    ...(random.chance(isCrowded ? 0.2 : 0.5) ? { maxAdmitted: random.int(1, 4) } : {}),
    paused: random.chance(0.12),
    draining: random.chance(0.05),
  };
}

function planJob(random: Random, position: number, stock: Stock, submittedAfterMs: number): JobPlan {
  const { isCrowded, start } = stock;
  const ops = shortOps(random, isCrowded);
  const gates = isCrowded ? 0.25 : 1;
  const needs = needsOf(random, stock);
  const approval = random.chance(0.12 * gates)
    ? { approvers: ['group:release-managers'], window: `PT${random.int(20, 180)}S` }
    : undefined;
  const hold = random.chance(0.1 * gates);
  const spec = jobSpecSchema.parse({
    name: `job-${position}`,
    project: 'web',
    queue: random.pick(stock.queues),
    priority: random.chance(0.6) ? 0 : random.int(-20, 19),
    hold,
    ...(approval === undefined ? {} : { approval }),
    ...(random.chance(0.32 * gates) ? { schedule: scheduleOf(random, start + submittedAfterMs) } : {}),
    ...(isCrowded && random.chance(0.15) ? { schedule: { startWithin: `PT${random.int(2, 15)}S` } } : {}),
    ...needs,
    rollback: { onFailure: random.chance(0.9), onCancel: random.chance(0.85) },
    rerunPolicy: random.chance(0.1) ? 'strict' : 'permitted',
    pause: { window: `PT${random.int(1, LONGEST_HOLD_SECONDS)}S` },
    retention: OUTLASTS_HISTORIES,
    ops: ops.map(({ op }) => op),
  });
  const behaviours = new Map<number, readonly Behaviour[]>();
  for (const [index, { behaviour, undoing }] of ops.entries()) {
    behaviours.set(index, [behaviour]);
    behaviours.set(index + ops.length, [undoing]);
  }
  return {
    spec,
    behaviours,
    commands: commandsOf(random, spec, isCrowded ? CROWD_COMMANDS_WITHIN_MS : COMMANDS_WITHIN_MS),
    dependencies: random.chance(0.25 * gates) ? dependenciesOf(random, position) : [],
    idempotencyKey: random.chance(0.15) ? `key-${position}` : null,
    submittedAfterMs,
    lastsMonths: false,
    operatorAfterMs: random.int(1_000, OPERATOR_WITHIN_MS),
  };
}

function needsOf(random: Random, { resources, locks, isCrowded }: Stock): Record<string, Json> {
  const often = isCrowded ? 0.85 : 0.6;
  return {
    locks: locks
      .filter(() => random.chance(often))
      .map((lock) => ({ ...lock, mode: random.chance(0.5) ? 'exclusive' : 'shared' })),
    resources: resources
      .filter(() => random.chance(often))
      .map(({ name, scope: of, capacity }) => ({
        name,
        scope: of,
        units: random.pick([1, 1, capacity - 1 || 1, random.int(1, capacity)]),
      })),
  };
}

function scheduleOf(random: Random, submittedAt: number): Json {
  const startWithin = `PT${random.pick([5, 20, 60, 300, 1800])}S`;
  switch (random.weighted({ date: 12, window: 8, both: 12 })) {
    case 'date':
      return { at: isoOf(submittedAt + random.int(-5_000, 90_000)) };
    case 'window':
      return { startWithin };
    case 'both':
      return { at: isoOf(submittedAt + random.int(0, 90_000)), startWithin };
  }
}

interface ShortOp {
  readonly op: Record<string, Json>;
  readonly behaviour: Behaviour;
  readonly undoing: Behaviour;
}

/** One op, mostly; some with a PRE before it, some with a POST behind. */
function shortOps(random: Random, isCrowded: boolean): readonly ShortOp[] {
  const steps = random.weighted({ RUN: 52, PRE_RUN: 24, RUN_RUN: 10, RUN_POST: 6, PRE: 4, PRE_RUN_POST: 4 });
  return steps.split('_').map((step, index) => shortOp(random, step, index, isCrowded));
}

function shortOp(random: Random, step: string, index: number, isCrowded: boolean): ShortOp {
  // Whoever is in others' way takes his time.
  const action = random.weighted({ log: isCrowded ? 15 : 55, function: isCrowded ? 80 : 38, fail: 7 });
  const undo = random.weighted({ log: 85, fail: 15 });
  return {
    op: {
      name: `op-${index}`,
      step,
      action,
      input: action === 'log' ? { message: 'hello' } : action === 'fail' ? { code: 'Broken' } : {},
      ...onErrorOf(random),
      ...(random.chance(0.35)
        ? {
            rollback: {
              action: undo,
              input: undo === 'log' ? { message: 'undone' } : { code: 'Broken' },
              ...(random.chance(0.25) ? trapOf(random, LONGEST_HOLD_SECONDS) : {}),
            },
          }
        : {}),
    },
    behaviour: behaviourOf(random, isCrowded),
    undoing: { kind: 'succeed', afterMs: 100 },
  };
}

function onErrorOf(random: Random): Record<string, Json> {
  const onError = random.weighted({ fail: 74, continue: 5, finish: 5, trap: 16 });
  return onError === 'trap' ? trapOf(random, LONGEST_HOLD_SECONDS) : { onError };
}

function behaviourOf(random: Random, isCrowded: boolean): Behaviour {
  const isShort = random.chance(isCrowded ? 0.3 : 0.7);
  const afterMs = isShort ? random.int(20, 3_000) : random.int(3_000, 40_000);
  if (random.chance(0.9)) return { kind: 'succeed', afterMs };
  return { kind: 'fail', afterMs, code: random.pick(['Broken', 'Fatal', 'Busy']), verbose: false };
}

function dependenciesOf(random: Random, position: number): readonly PlannedDependency[] {
  if (position === 0) return [];
  const count = Math.min(position, random.chance(0.75) ? 1 : 2);
  const first = random.int(0, position - count);
  return Array.from({ length: count }, (_, offset) => ({
    on: first + offset,
    outcomes: random.chance(0.7)
      ? (['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS'] as const).slice()
      : (['FAILED', 'CANCELED_BEFORE_START', 'EXPIRED', 'REJECTED'] as const).slice(),
    otherwise: random.pick(['fail', 'cancel', 'run']),
  }));
}

function commandsOf(random: Random, spec: JobSpec, withinMs: number): readonly PlannedCommand[] {
  const commands: PlannedCommand[] = [];
  const add = (command: PlannedCommand['command']) => {
    const afterCommits = random.chance(0.35)
      ? random.int(1, 8)
      : { milliseconds: random.int(0, random.chance(0.5) ? withinMs : withinMs / 10) };
    commands.push({ afterCommits, command });
  };
  const { hold, approval, locks } = spec;
  if (hold && random.chance(0.8)) add({ kind: 'confirm' });
  if (approval !== undefined) {
    const verdict = random.weighted({ approve: 65, reject: 15, none: 20 });
    if (verdict !== 'none') add({ kind: verdict, by: 'approver' });
    if (random.chance(0.2)) {
      add({ kind: random.pick(['approve', 'reject']), by: random.pick(['owner', 'stranger']) });
    }
  }
  if (random.chance(0.35)) {
    add({
      kind: 'cancel',
      force: random.chance(0.35),
      onlyIfQueued: random.chance(0.1),
      rollback: random.chance(0.8),
    });
  }
  if (random.chance(0.03)) add({ kind: 'cancel', force: true, onlyIfQueued: false, rollback: true });
  for (let again = 0; again < 2; again += 1) {
    if (!random.chance(0.12)) continue;
    add({
      kind: 'reschedule',
      inMs: random.chance(0.25) ? null : random.int(-20_000, 120_000),
      startWithinSeconds: random.chance(0.5) ? random.int(1, 600) : undefined,
    });
  }
  if (random.chance(0.35)) {
    add({ kind: 'priority', priority: random.int(-20, 19), op: random.chance(0.15) ? 0 : undefined });
  }
  if (locks.length > 0 && random.chance(0.15)) {
    add({ kind: 'release lock', lock: random.int(0, locks.length - 1) });
  }
  if (random.chance(0.25)) commands.push(...twoInARow(random, locks.length, withinMs));
  if (random.chance(0.08)) add({ kind: 'delete' });
  if (random.chance(0.05)) add({ kind: 'stop execution' });
  if (random.chance(0.03)) add({ kind: 'note' });
  if (random.chance(0.04)) add({ kind: 'submit again' });
  const at = () => ({ milliseconds: random.int(0, withinMs) });
  return [...commands, ...planTrouble(random, spec, { pauses: 0.1, reruns: 0.22 }, at)];
}

/** Second commands that meet what the first has left to be done, where whoever did it died. */
function twoInARow(random: Random, locks: number, withinMs: number): readonly PlannedCommand[] {
  const first = random.int(0, withinMs);
  const second = first + random.int(200, 20_000);
  const at = (milliseconds: number, command: PlannedCommand['command']): PlannedCommand => ({
    afterCommits: { milliseconds },
    command,
  });
  if (random.chance(0.3)) {
    const isForced = random.chance(0.5);
    return [
      at(
        first,
        isForced
          ? { kind: 'cancel', force: true, onlyIfQueued: false, rollback: true }
          : { kind: 'stop execution' },
      ),
      {
        afterCommits: 'end',
        command: isForced
          ? { kind: 'rollback' }
          : { kind: 'rerun', from: random.pick(['PRE', 'RUN', 'failedOp']), runNow: false },
      },
    ];
  }
  if (locks === 0 || random.chance(0.4)) {
    return [
      at(first, { kind: 'cancel', force: true, onlyIfQueued: false, rollback: true }),
      at(second, { kind: 'delete' }),
    ];
  }
  return [
    at(first, { kind: 'reschedule', inMs: random.int(60_000, 180_000), startWithinSeconds: undefined }),
    at(second, { kind: 'release lock', lock: random.int(0, locks - 1) }),
  ];
}
