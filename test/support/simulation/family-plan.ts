import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import type { Json } from '../../../core/op/references.ts';
import type { ContentionPlan } from './contention-plan.ts';
import type { Behaviour, Behaviours, ChildPlan, JobPlan, PlannedCommand } from './job-plan.ts';
import type { Random } from './random.ts';
import type { PlannedSetting } from './settings.ts';
import { furtherAttempts, planTrouble, trapOf } from './trouble-plan.ts';

type Command = PlannedCommand['command'];

/** Settings are there before the first job comes. */
const FIRST_JOB_MS = 500;
const JOBS_WITHIN_MS = 8_000;
const COMMANDS_WITHIN_MS = 60_000;
const OPERATOR_WITHIN_MS = 30_000;
/** Whoever is held keeps what others want, so nobody is for long. */
const LONGEST_HOLD_SECONDS = 30;
const DEEPEST = 3;
/** What a family may come to: more of them and a history takes too long. */
const MOST_CHILDREN = 7;

/** In the one order: the first comes before what a parent holds, and the last behind it. */
const PARENTS_LOCK = 'm';
const EARLY_LOCK = 'a';
const LATE_LOCKS = ['s', 'z'] as const;
const TAPE_CAPACITY = 3;

/** Families of jobs that share a queue, and little else that is enough for all. */
export function planFamilies(random: Random): ContentionPlan {
  const count = Number(random.weighted({ '1': 70, '2': 24, '3': 6 }));
  return {
    jobs: Array.from({ length: count }, (_, position) => new FamilyPlanner(random, position, count).plan()),
    settings: settingsOf(random),
  };
}

function settingsOf(random: Random): readonly PlannedSetting[] {
  const limits = {
    ...(random.chance(0.7) ? { maxRunning: random.weighted({ '1': 65, '2': 35 }) === '1' ? 1 : 2 } : {}),
    ...(random.chance(0.5) ? { maxAdmitted: random.weighted({ '1': 65, '2': 35 }) === '1' ? 1 : 2 } : {}),
    draining: false,
  };
  const set = (afterMs: number, paused: boolean): PlannedSetting => ({
    afterMs,
    set: { kind: 'queue', name: 'main', limits: { ...limits, paused } },
  });
  const from = random.int(FIRST_JOB_MS, COMMANDS_WITHIN_MS);
  return [
    set(0, false),
    {
      afterMs: 0,
      set: {
        kind: 'resource',
        scope: 'web',
        name: 'tape',
        capacity: random.int(1, TAPE_CAPACITY),
        paused: false,
      },
    },
    ...(random.chance(0.1) ? [set(from, true), set(from + random.int(1_000, 30_000), false)] : []),
  ];
}

interface PlannedOp {
  readonly op: Record<string, Json>;
  readonly behaviour: readonly Behaviour[];
  readonly undoing: readonly Behaviour[];
}

/** An item of a child, with those of its own children. */
type Item = { readonly name: string; readonly lock: string; readonly kids: readonly Item[] };

/** One root and all below it. */
class FamilyPlanner {
  readonly #random: Random;
  readonly #name: string;
  readonly #children = new Map<string, ChildPlan>();
  /** Families beside each other are smaller. */
  readonly #most: number;

  constructor(random: Random, position: number, roots: number) {
    this.#random = random;
    this.#name = `root-${position}`;
    this.#most = MOST_CHILDREN / roots;
  }

  plan(): JobPlan {
    const random = this.#random;
    const ops = this.#rootOps();
    const spec = jobSpecSchema.parse({
      name: this.#name,
      project: 'web',
      queue: 'main',
      priority: random.chance(0.7) ? 0 : random.int(-20, 19),
      locks: random.chance(0.5) ? [{ name: PARENTS_LOCK, mode: random.pick(['exclusive', 'shared']) }] : [],
      ...(random.chance(0.15) ? { resources: [{ name: 'tape', units: 1 }] } : {}),
      ...this.#rules(),
      rerunPolicy: 'permitted',
      ops: ops.map(({ op }) => op),
    });
    return {
      spec,
      behaviours: behavioursOf(ops),
      commands: [
        ...this.#rootCommands(),
        ...planTrouble(random, spec, { pauses: 0.15, reruns: 0.3 }, () => this.#soon()),
        ...(random.chance(0.15) ? furtherAttempts(random) : []),
      ],
      children: this.#children,
      idempotencyKey: null,
      submittedAfterMs: FIRST_JOB_MS + random.int(0, JOBS_WITHIN_MS),
      lastsMonths: false,
      operatorAfterMs: random.int(1_000, OPERATOR_WITHIN_MS),
    };
  }

  #rules(): Record<string, Json> {
    const random = this.#random;
    return {
      rollback: { onFailure: random.chance(0.9), onCancel: random.chance(0.85) },
      pause: { window: `PT${random.int(1, LONGEST_HOLD_SECONDS)}S` },
    };
  }

  /** Ops before and behind one of children; sometimes two of those, sometimes one in PRE or POST. */
  #rootOps(): readonly PlannedOp[] {
    const random = this.#random;
    const step = random.weighted({ RUN: 82, PRE: 10, POST: 8 });
    const isListed = random.chance(0.3);
    const items = this.#items(this.#name, 1);
    const maker = this.#maker(isListed, items, step);
    return [
      ...(maker === null ? [] : [maker]),
      ...(random.chance(0.25) ? [this.#shortOp('before', step === 'POST' ? 'RUN' : step)] : []),
      this.#childrenOp(
        'family',
        step,
        isListed ? { $from: 'ops.list.result.items' } : plain(items),
        1,
        items,
      ),
      ...(step === 'RUN' && random.chance(0.15) ? [this.#secondFamily()] : []),
      ...(random.chance(0.3) ? [this.#shortOp('after', step === 'PRE' ? 'RUN' : step)] : []),
      ...(random.chance(0.15) ? [this.#shortOp('post', 'POST')] : []),
    ];
  }

  /** The items as an earlier op's result. */
  #maker(isListed: boolean, items: readonly Item[], step: string): PlannedOp | null {
    if (!isListed) return null;
    const op = { name: 'list', step: step === 'POST' ? 'RUN' : step, action: 'function' };
    const result = this.#random.chance(0.95) ? { items: plain(items) } : { items: 'no list' };
    return { op, behaviour: [{ kind: 'succeed', afterMs: 500, result }], undoing: [] };
  }

  #secondFamily(): PlannedOp {
    const items = this.#items(`${this.#name}-more`, 1).slice(0, 2);
    return this.#childrenOp('more', 'RUN', plain(items), 1, items);
  }

  #items(prefix: string, depth: number): readonly Item[] {
    const random = this.#random;
    const count = Math.min(
      depth === 1 ? random.int(1, 6) : random.int(1, 3),
      this.#most - this.#children.size,
    );
    const hasKids = depth < DEEPEST && random.chance(depth === 1 ? 0.3 : 0.35);
    const lock = random.weighted({ own: 50, shared: 38, early: 4, parents: 8 });
    return Array.from({ length: Math.max(count, depth === 1 ? 1 : 0) }, (_, index): Item => {
      const name = `${prefix}-${index}`;
      const kids = hasKids ? this.#items(name, depth + 1) : [];
      return { name, lock: lockOf(random, lock, name), kids };
    });
  }

  /** An op of children, and what becomes of each of them. */
  #childrenOp(name: string, step: string, items: Json, depth: number, known: readonly Item[]): PlannedOp {
    const random = this.#random;
    const kids = known.flatMap((item) => item.kids);
    const ops = this.#childOps(depth, kids);
    const health = random.pick([1, 0.95, 0.75, 0.4]);
    const gate = random.weighted({ none: 86, approval: 6, hold: 4, window: 4 });
    for (const item of known) this.#planChild(item, ops, health, gate);
    return {
      op: {
        name,
        step,
        children: {
          items,
          job: {
            name: { $item: 'name' },
            queue: 'main',
            ...(random.chance(0.2) ? { priority: random.int(-20, 19) } : {}),
            ...(random.chance(0.5)
              ? { locks: [{ name: { $item: 'lock' }, mode: random.pick(['exclusive', 'shared']) }] }
              : {}),
            ...(random.chance(0.25) ? { resources: [{ name: 'tape', units: 1 }] } : {}),
            ...gateOf(gate),
            ...this.#rules(),
            ops: ops.map(({ op }) => op),
          },
          ...(random.chance(0.4) ? { concurrency: random.int(1, 3) } : {}),
          onChildFailure: random.weighted({ continue: 70, cancelRest: 30 }),
          ...tolerance(random),
        },
        ...onErrorOf(random),
        ...(random.chance(0.12) ? { timeout: `PT${random.int(2, 60)}S` } : {}),
        ...(random.chance(0.15) ? { retry: { maxAttempts: 2, interval: 'PT1S' } } : {}),
      },
      behaviour: [],
      undoing: [],
    };
  }

  #childOps(depth: number, kids: readonly Item[]): readonly PlannedOp[] {
    const random = this.#random;
    const nested =
      kids.length > 0 && depth < DEEPEST
        ? [this.#childrenOp('kids', 'RUN', { $item: 'kids' }, depth + 1, kids)]
        : [];
    return [
      ...(random.chance(0.12) ? [this.#shortOp('first', 'PRE')] : []),
      ...(nested.length === 0 || random.chance(0.4) ? [this.#shortOp('work', 'RUN')] : []),
      ...nested,
      ...(random.chance(0.12) ? [this.#shortOp('last', 'POST')] : []),
    ];
  }

  #planChild({ name }: Item, ops: readonly PlannedOp[], health: number, gate: Gate): void {
    const random = this.#random;
    const behave = (odds: number): Behaviours =>
      new Map([
        ...ops.map((_, index) => [index, [behaviourOf(random, odds)]] as const),
        ...ops.map((_, index) => [index + ops.length, [behaviourOf(random, 0.92)]] as const),
      ]);
    this.#children.set(name, {
      behaviours: behave(health),
      laterBehaviours: behave(0.9),
      commands: this.#childCommands(gate),
      operatorAfterMs: random.int(1_000, OPERATOR_WITHIN_MS),
    });
  }

  #shortOp(name: string, step: string): PlannedOp {
    const random = this.#random;
    const action = random.weighted({ function: 70, worker: 10, log: 17, fail: 3 });
    const undo = random.weighted({ log: 60, function: 35, fail: 5 });
    return {
      op: {
        name,
        step,
        action,
        input: action === 'log' ? { message: 'hello' } : action === 'fail' ? { code: 'Broken' } : {},
        ...onErrorOf(random),
        ...(random.chance(0.5)
          ? {
              rollback: {
                action: undo,
                input: undo === 'log' ? { message: 'undone' } : undo === 'fail' ? { code: 'Broken' } : {},
                when: random.chance(0.8) ? 'completed' : 'started',
              },
            }
          : {}),
      },
      behaviour: [behaviourOf(random, 0.93)],
      undoing: [behaviourOf(random, 0.95)],
    };
  }

  #soon(): PlannedCommand['afterCommits'] {
    const random = this.#random;
    return random.chance(0.5)
      ? random.int(1, 10)
      : { milliseconds: random.int(0, random.chance(0.6) ? COMMANDS_WITHIN_MS : COMMANDS_WITHIN_MS / 8) };
  }

  #rootCommands(): readonly PlannedCommand[] {
    const random = this.#random;
    const commands: Command[] = [];
    const waiting: Command[] = [];
    if (random.chance(0.14)) waiting.push(cancel(random, 0.55));
    if (random.chance(0.12)) waiting.push({ kind: 'stop family' });
    if (random.chance(0.06)) waiting.push({ kind: 'stop execution' });
    if (random.chance(0.22)) commands.push(cancel(random, 0.35));
    if (random.chance(0.08)) commands.push(cancel(random, 0.5));
    if (random.chance(0.05)) commands.push({ kind: 'stop execution' });
    if (random.chance(0.06)) commands.push({ kind: 'stop family' });
    if (random.chance(0.1)) commands.push({ kind: 'priority', priority: random.int(-20, 19), op: undefined });
    if (random.chance(0.06)) commands.push({ kind: 'release lock', lock: 0 });
    if (random.chance(0.15)) commands.push({ kind: 'delete' });
    return [
      ...waiting.map((command): PlannedCommand => ({ afterCommits: 'children', command })),
      ...commands.map((command) => ({ afterCommits: this.#soon(), command })),
    ];
  }

  #childCommands(gate: Gate): readonly PlannedCommand[] {
    const random = this.#random;
    const commands: Command[] = [];
    if (gate === 'approval' && random.chance(0.75)) {
      commands.push({ kind: random.weighted({ approve: 75, reject: 25 }), by: 'approver' });
    }
    if (gate === 'hold' && random.chance(0.6)) commands.push({ kind: 'confirm' });
    if (random.chance(0.06)) commands.push(cancel(random, 0.4));
    if (random.chance(0.03)) commands.push({ kind: 'stop execution' });
    if (random.chance(0.03)) commands.push({ kind: 'stop family' });
    if (random.chance(0.04)) commands.push({ kind: 'pause' });
    if (random.chance(0.03))
      commands.push({ kind: 'priority', priority: random.int(-20, 19), op: undefined });
    if (random.chance(0.03)) {
      commands.push(
        random.pick<Command>([
          { kind: 'rollback' },
          { kind: 'rerun', from: 'PRE', runNow: false },
          { kind: 'delete' },
        ]),
      );
    }
    return commands.map((command) => ({ afterCommits: this.#soon(), command }));
  }
}

type Gate = 'none' | 'approval' | 'hold' | 'window';

function gateOf(gate: Gate): Record<string, Json> {
  switch (gate) {
    case 'none':
      return {};
    case 'approval':
      return { approval: { approvers: ['group:release-managers'], window: 'PT60S' } };
    case 'hold':
      return { hold: true };
    case 'window':
      return { schedule: { startWithin: 'PT5S' } };
  }
}

function lockOf(random: Random, kind: 'own' | 'shared' | 'early' | 'parents', name: string): string {
  switch (kind) {
    case 'own':
      return `site/${name}`;
    case 'shared':
      return random.pick(LATE_LOCKS);
    case 'early':
      return random.pick([EARLY_LOCK, LATE_LOCKS[0]]);
    case 'parents':
      return PARENTS_LOCK;
  }
}

function onErrorOf(random: Random): Record<string, Json> {
  const onError = random.weighted({ fail: 72, continue: 12, finish: 5, trap: 11 });
  return onError === 'trap' ? trapOf(random, LONGEST_HOLD_SECONDS) : { onError };
}

function tolerance(random: Random): Record<string, Json> {
  switch (random.weighted({ none: 55, count: 25, percent: 20 })) {
    case 'none':
      return {};
    case 'count':
      return { tolerate: { count: random.int(0, 3) } };
    case 'percent':
      return { tolerate: { percent: random.pick([0, 25, 34, 50, 100]) } };
  }
}

function cancel(random: Random, force: number): Command {
  return {
    kind: 'cancel',
    force: random.chance(force),
    onlyIfQueued: random.chance(0.05),
    rollback: random.chance(0.8),
  };
}

function behaviourOf(random: Random, health: number): Behaviour {
  const afterMs = random.chance(0.7) ? random.int(20, 3_000) : random.int(3_000, 30_000);
  if (random.chance(health)) return { kind: 'succeed', afterMs };
  return {
    kind: 'fail',
    afterMs,
    code: random.pick(['Broken', 'Fatal', 'Busy', 'PreconditionFailed']),
    verbose: false,
  };
}

function behavioursOf(ops: readonly PlannedOp[]): Behaviours {
  return new Map([
    ...ops.map(({ behaviour }, index) => [index, behaviour] as const),
    ...ops.map(({ undoing }, index) => [index + ops.length, undoing] as const),
  ]);
}

function plain(items: readonly Item[]): Json {
  return items.map(({ name, lock, kids }) => ({ name, lock, kids: plain(kids) }));
}
