import type { ActionCatalog, ActionKind } from '../../../core/contract/action-catalog.ts';
import { type JobSpec, jobSpecSchema } from '../../../core/contract/job-spec.ts';
import type { TrapAnswer } from '../../../core/job/job.ts';
import type { RerunFrom } from '../../../core/job/rerun-job.ts';
import type { Json } from '../../../core/op/references.ts';
import type { Random } from './random.ts';
import { planTrouble, trapOf } from './trouble-plan.ts';

/** What an action's target does with one try. */
export type Behaviour =
  | { readonly kind: 'succeed'; readonly afterMs: number; readonly result?: Json }
  | {
      readonly kind: 'fail';
      readonly afterMs: number;
      readonly code: string;
      /** Says more than anybody keeps. */
      readonly verbose: boolean;
    }
  /** Takes the work and is never heard of again. */
  | { readonly kind: 'silent' };

/**
 * When somebody does something to a job, whatever its state is by then: once it has had so many commits,
 * just when its PRE hands over to its RUN or an execution to the next, or so long after it was stored; one
 * of them at each end of an attempt, each beginning of another, and each time that the job is held or begins
 * to wait for children.
 */
export type Occasion =
  | number
  | 'hand over'
  | 'next segment'
  | 'end'
  | 'attempt'
  | 'held'
  | 'children'
  | { readonly milliseconds: number };

/** What somebody does to a job, and when. */
export interface PlannedCommand {
  readonly afterCommits: Occasion;
  readonly command:
    | {
        readonly kind: 'cancel';
        readonly force: boolean;
        readonly onlyIfQueued: boolean;
        readonly rollback: boolean;
      }
    /** `stranger` is no approver; the owner may not approve. */
    | { readonly kind: 'approve' | 'reject'; readonly by: 'approver' | 'owner' | 'stranger' }
    /** To so long from the moment of the command, or to no date. */
    | {
        readonly kind: 'reschedule';
        readonly inMs: number | null;
        readonly startWithinSeconds: number | undefined;
      }
    | { readonly kind: 'priority'; readonly priority: number; readonly op: number | undefined }
    | { readonly kind: 'trap'; readonly answer: TrapAnswer }
    | { readonly kind: 'pause' | 'resume' | 'rollback' }
    | { readonly kind: 'rerun'; readonly from: RerunFrom; readonly runNow: boolean }
    /** Somebody takes one of its locks from whoever holds it. */
    | { readonly kind: 'release lock'; readonly lock: number }
    | {
        readonly kind:
          | 'confirm'
          | 'stop execution'
          /** What makes, undoes or cancels its children is killed. */
          | 'stop family'
          | 'note'
          | 'delete'
          | 'submit again'
          | 'submit otherwise'
          | 'forge';
      };
}

/** A job that waits for the end of an earlier one of the same history. */
export interface PlannedDependency {
  /** Position of the earlier job. */
  readonly on: number;
  readonly outcomes: JobSpec['dependsOn'][number]['outcomes'];
  readonly otherwise: JobSpec['dependsOn'][number]['otherwise'];
}

/** By op index, rollbacks behind the ops: one behaviour a try, the last one for all further tries. */
export type Behaviours = ReadonlyMap<number, readonly Behaviour[]>;

/** What becomes of a child, whatever it is a child of. */
export interface ChildPlan {
  readonly behaviours: Behaviours;
  /** The same where its parent tries again, or runs again. */
  readonly laterBehaviours?: Behaviours;
  readonly commands: readonly PlannedCommand[];
  readonly operatorAfterMs?: number;
}

/** One job of a history: what is submitted, how its targets behave, and what happens to it. */
export interface JobPlan {
  readonly spec: JobSpec;
  readonly behaviours: Behaviours;
  /** The same for attempts beyond the first, where they differ. */
  readonly laterBehaviours?: Behaviours;
  readonly commands: readonly PlannedCommand[];
  readonly dependencies?: readonly PlannedDependency[];
  /** Of all its descendants, by their names. */
  readonly children?: ReadonlyMap<string, ChildPlan>;
  readonly idempotencyKey: string | null;
  readonly submittedAfterMs: number;
  /** Whether it lasts for months, so that looks at it must be rare for a history to end. */
  readonly lastsMonths: boolean;
  /** How long after a trap without a time limit somebody comes to answer it, if not at once. */
  readonly operatorAfterMs?: number;
}

/** The actions of every simulated deployment. */
export const SIMULATED_ACTIONS: ActionCatalog = new Map<string, { readonly kind: ActionKind }>([
  ['function', { kind: 'lambda' }],
  ['worker', { kind: 'external' }],
  ['log', { kind: 'log' }],
  ['wait', { kind: 'wait' }],
  ['fail', { kind: 'fail' }],
  ['children', { kind: 'children' }],
]);

const SHAPES = { ordinary: 949, persistent: 3, long: 9, forgotten: 4, waits: 35 } as const;

type Shape = keyof typeof SHAPES;

/** What has left cannot be held to how it ended. */
export const OUTLASTS_HISTORIES = 'P36500D';

/** A job as a user might submit it, and what happens to it. */
export function planJob(random: Random, position: number): JobPlan {
  const shape = random.weighted(SHAPES);
  const ops = shape === 'ordinary' ? ordinaryOps(random) : specialOps(random, shape);
  const spec = jobSpecSchema.parse({
    name: `job-${position}`,
    project: 'web',
    labels: { simulated: 'yes' },
    rollback: { onFailure: random.chance(0.9), onCancel: random.chance(0.85) },
    rerunPolicy: random.chance(0.1) ? 'strict' : 'permitted',
    ...pauseOf(random, shape),
    retention: OUTLASTS_HISTORIES,
    ops: ops.map(({ op }) => op),
  });
  const behaviours = new Map<number, readonly Behaviour[]>();
  const laterBehaviours = new Map<number, readonly Behaviour[]>();
  for (const [index, planned] of ops.entries()) {
    behaviours.set(index, planned.behaviours);
    behaviours.set(index + ops.length, planned.undoing);
    // What failed does better another time, mostly.
    if (random.chance(0.6)) laterBehaviours.set(index, [success(random)]);
  }
  return {
    spec,
    behaviours,
    laterBehaviours,
    commands:
      shape === 'waits' ? commandsOfLongWait(random) : planCommands(random, spec, shape !== 'persistent'),
    idempotencyKey: random.chance(0.4) ? `key-${random.int(1, 2)}` : null,
    submittedAfterMs: random.int(0, 20_000),
    lastsMonths: shape === 'long' || shape === 'forgotten' || shape === 'waits',
    operatorAfterMs: shape === 'waits' ? random.int(301, 420) * DAY_MS : random.int(60_000, 3_600_000),
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

function pauseOf(random: Random, shape: Shape): Record<string, Json> {
  if (shape === 'waits') return { pause: { window: 'P400D' } };
  return random.chance(0.75) ? { pause: { window: `PT${random.int(1, random.pick([10, 300]))}S` } } : {};
}

interface PlannedOp {
  readonly op: Record<string, Json>;
  readonly behaviours: readonly Behaviour[];
  readonly undoing: readonly Behaviour[];
}

const STEP_ORDER = ['PRE', 'RUN', 'POST'] as const;

function ordinaryOps(random: Random): readonly PlannedOp[] {
  const count = random.int(1, 8);
  const steps = Array.from({ length: count }, () => random.weighted({ PRE: 25, RUN: 55, POST: 20 }));
  steps.sort((one, other) => STEP_ORDER.indexOf(one) - STEP_ORDER.indexOf(other));
  const health = random.pick([0.98, 0.9, 0.7]);
  const planned: PlannedOp[] = [];
  for (const [index, step] of steps.entries()) planned.push(ordinaryOp(random, step, index, health, planned));
  return planned;
}

function ordinaryOp(
  random: Random,
  step: string,
  index: number,
  health: number,
  earlier: readonly PlannedOp[],
): PlannedOp {
  const action = random.weighted({ function: 38, worker: 28, log: 18, wait: 7, fail: 9 });
  const own = clocks(random, action);
  const hasRollback = random.chance(0.55);
  const undo = random.weighted({ function: 60, worker: 25, log: 10, fail: 5 });
  const op: Record<string, Json> = {
    name: `op-${index}`,
    step,
    action,
    input: inputOf(random, action, earlier),
    ...onErrorOf(random),
    ...own,
    ...(random.chance(0.45) ? { retry: retryOf(random) } : {}),
    ...(hasRollback
      ? {
          rollback: {
            action: undo,
            input:
              undo === 'function' || undo === 'worker' ? undoInput(random, index) : inputOf(random, undo, []),
            when: random.chance(0.7) ? 'completed' : 'started',
            ...clocks(random, undo),
            ...(random.chance(0.4) ? { retry: retryOf(random) } : {}),
            ...(random.chance(0.25) ? trapOf(random, LONGEST_TRAP_SECONDS) : {}),
          },
        }
      : {}),
  };
  return {
    op,
    behaviours: behavioursOf(
      random,
      health,
      action === 'worker' && !('timeout' in own) && !('heartbeat' in own),
    ),
    undoing: behavioursOf(random, 0.9, true),
  };
}

const LONGEST_TRAP_SECONDS = 240;

function onErrorOf(random: Random): Record<string, Json> {
  const onError = random.weighted({ fail: 52, continue: 16, finish: 10, trap: 22 });
  return onError === 'trap' ? trapOf(random, LONGEST_TRAP_SECONDS) : { onError };
}

/** Jobs that outlast what one execution takes, and one that nobody answers. */
function specialOps(random: Random, shape: Exclude<Shape, 'ordinary'>): readonly PlannedOp[] {
  const step = 'RUN';
  const good: readonly Behaviour[] = [{ kind: 'succeed', afterMs: 500 }];
  switch (shape) {
    // Six ops of a hundred tries each: more than the 500 of a segment.
    case 'persistent':
      return Array.from({ length: 6 }, (_, index) => ({
        op: {
          name: `op-${index}`,
          step,
          action: 'fail',
          input: { code: 'Broken' },
          onError: 'continue',
          retry: { maxAttempts: 100, interval: 'PT1S', backoff: 1, maxInterval: 'PT1S' },
        },
        behaviours: good,
        undoing: good,
      }));
    // One try that takes longer than the 300 days of a segment.
    case 'long':
      return [
        {
          op: {
            name: 'op-0',
            step,
            action: 'worker',
            timeout: 'P301D',
            retry: { maxAttempts: 3 },
            rollback: { action: 'log', input: { message: 'undone' }, when: 'started' },
          },
          behaviours: [
            { kind: 'silent' },
            random.chance(0.7) ? { kind: 'succeed', afterMs: 900 } : { kind: 'silent' },
          ],
          undoing: good,
        },
        {
          op: { name: 'op-1', step: 'POST', action: 'log', input: { message: 'over' } },
          behaviours: good,
          undoing: good,
        },
      ];
    // Held for longer than a segment takes: by a trap that nobody answers, a pause, or a very long retry wait.
    case 'waits': {
      const fails: readonly Behaviour[] = [
        { kind: 'fail', afterMs: 300, code: random.pick(['Broken', 'Fatal']), verbose: false },
        ...(random.chance(0.7) ? good : []),
      ];
      const retry = { maxAttempts: 2, interval: 'P365D', backoff: 1, maxInterval: 'P365D' };
      return [
        {
          op: {
            name: 'op-0',
            step,
            action: 'worker',
            rollback: { action: 'worker', ...(random.chance(0.5) ? { onError: 'trap' } : {}) },
          },
          behaviours: good,
          undoing: random.chance(0.5) ? fails : good,
        },
        {
          op: {
            name: 'op-1',
            step,
            action: 'worker',
            ...(random.chance(0.75) ? { onError: 'trap' } : {}),
            ...(random.chance(0.5) ? { retry } : {}),
          },
          behaviours: fails,
          undoing: good,
        },
        {
          op: { name: 'op-2', step: 'POST', action: 'log', input: { message: 'over' } },
          behaviours: good,
          undoing: good,
        },
      ];
    }
    case 'forgotten':
      return [
        { op: { name: 'op-0', step, action: 'worker' }, behaviours: [{ kind: 'silent' }], undoing: good },
      ];
  }
}

function clocks(random: Random, action: string): Record<string, Json> {
  if (action !== 'function' && action !== 'worker') return {};
  const timeout = random.int(3, 240);
  const kind = random.weighted({ none: 45, timeout: 30, heartbeat: 10, both: 15 });
  switch (kind) {
    case 'none':
      return {};
    case 'timeout':
      return { timeout: `PT${timeout}S` };
    case 'heartbeat':
      return { heartbeat: `PT${random.int(2, 60)}S` };
    case 'both':
      return { timeout: `PT${timeout}S`, heartbeat: `PT${random.int(1, timeout - 1)}S` };
  }
}

function retryOf(random: Random): Json {
  return {
    maxAttempts: random.int(2, 4),
    interval: `PT${random.pick([1, 5, 30, 120])}S`,
    backoff: random.pick([1, 2]),
    maxInterval: 'PT5M',
  };
}

function inputOf(random: Random, action: string, earlier: readonly PlannedOp[]): Json {
  const taken = random.chance(0.4) ? reference(random, earlier) : null;
  switch (action) {
    case 'log':
      return { message: taken ?? 'hello' };
    case 'wait':
      return { seconds: random.int(1, 90) };
    case 'fail':
      return { code: random.pick(['Broken', 'Fatal', 'Busy', 'PreconditionFailed']), message: 'on request' };
    default:
      return taken === null ? { plain: 1 } : { plain: 1, taken };
  }
}

/** To an earlier op that has a result, most of the time; null where there is none. */
function reference(random: Random, earlier: readonly PlannedOp[]): Json {
  const sources = earlier.filter(({ op }) => op['action'] === 'function' || op['action'] === 'worker');
  const [first, ...others] = random.chance(0.95) ? sources : earlier;
  if (first === undefined) return null;
  const path = random.weighted({ text: 55, 'list.1': 40, missing: 5 });
  return { $from: `ops.${String(random.pick([first, ...others]).op['name'])}.result.${path}` };
}

function undoInput(random: Random, index: number): Json {
  return random.chance(0.5) ? { $from: `ops.op-${index}.result` } : { plain: 1 };
}

/** One behaviour a try; nobody is silent for ever where no clock would notice. */
function behavioursOf(random: Random, health: number, mustAnswer: boolean): readonly Behaviour[] {
  const tries: Behaviour[] = Array.from({ length: random.int(1, 4) }, () =>
    random.chance(health) ? success(random) : misfortune(random, mustAnswer),
  );
  // Whoever cannot be reached can be, some day.
  const last = tries.at(-1);
  return last?.kind === 'fail' && last.code === 'Unreachable' ? [...tries, success(random)] : tries;
}

function success(random: Random): Behaviour {
  const afterMs = random.chance(0.85) ? random.int(50, 20_000) : random.int(20_000, 400_000);
  if (random.chance(0.1)) return { kind: 'succeed', afterMs };
  const result: Json = {
    text: 'made',
    list: ['a', 'b'],
    natures: ['java'],
    ...(random.chance(0.2) ? { warnings: ['careful'] } : {}),
    ...(random.chance(0.02) ? { large: 'x'.repeat(70 * 1024) } : {}),
  };
  return { kind: 'succeed', afterMs, result };
}

function misfortune(random: Random, mustAnswer: boolean): Behaviour {
  if (!mustAnswer && random.chance(0.25)) return { kind: 'silent' };
  const afterMs = random.int(50, 30_000);
  const code = random.pick(['Broken', 'Broken', 'Fatal', 'Busy', 'PreconditionFailed', 'Unreachable']);
  return { kind: 'fail', afterMs, code, verbose: random.chance(0.1) };
}

/** Whoever tries for hundreds of times is not asked to do it again. */
function planCommands(random: Random, spec: JobSpec, mayRerun: boolean): readonly PlannedCommand[] {
  const commands: PlannedCommand[] = [];
  const commits = 4 + spec.ops.length * 3;
  const at = () => random.int(1, commits);
  if (random.chance(0.35)) {
    const cancel = (onlyIfQueued: boolean) => ({
      kind: 'cancel' as const,
      force: random.chance(0.3),
      onlyIfQueued,
      rollback: random.chance(0.8),
    });
    if (random.chance(0.1)) commands.push({ afterCommits: random.int(1, 2), command: cancel(true) });
    else {
      const when = random.weighted({ handOver: 25, held: 25, at: 50 });
      const afterCommits = when === 'at' ? at() : when === 'held' ? 'held' : 'hand over';
      commands.push({ afterCommits, command: cancel(false) });
    }
    if (random.chance(0.3)) commands.push({ afterCommits: at(), command: cancel(random.chance(0.1)) });
  }
  if (random.chance(0.06)) commands.push({ afterCommits: at(), command: { kind: 'stop execution' } });
  if (random.chance(0.1)) commands.push({ afterCommits: at(), command: { kind: 'note' } });
  if (random.chance(0.15)) commands.push({ afterCommits: at(), command: { kind: 'forge' } });
  if (random.chance(0.1))
    commands.push({ afterCommits: random.int(1, commits * 2), command: { kind: 'delete' } });
  if (random.chance(0.3))
    commands.push({ afterCommits: random.int(0, 3), command: { kind: 'submit again' } });
  if (random.chance(0.1)) commands.push({ afterCommits: at(), command: { kind: 'submit otherwise' } });
  return [...commands, ...planTrouble(random, spec, { pauses: 0.25, reruns: mayRerun ? 0.4 : 0 }, at)];
}

/** Few, and just when an execution hands over to the next, whose start is still owed then. */
function commandsOfLongWait(random: Random): readonly PlannedCommand[] {
  const cancel = (force: boolean) =>
    ({ kind: 'cancel', force, onlyIfQueued: false, rollback: random.chance(0.6) }) as const;
  const atHandOver = random.weighted({
    cancel: 25,
    force: 8,
    retry: 12,
    skip: 10,
    abort: 10,
    resume: 20,
    nothing: 15,
  });
  const command = {
    cancel: cancel(false),
    force: cancel(true),
    retry: { kind: 'trap', answer: 'retry' },
    skip: { kind: 'trap', answer: 'skip' },
    abort: { kind: 'trap', answer: 'abort' },
    resume: { kind: 'resume' },
    nothing: { kind: 'note' },
  } as const;
  return [
    ...(random.chance(0.35) ? [{ afterCommits: random.int(1, 3), command: { kind: 'pause' } } as const] : []),
    ...(random.chance(0.2)
      ? [{ afterCommits: 'held', command: { kind: 'trap', answer: 'pause' } } as const]
      : []),
    { afterCommits: 'next segment', command: command[atHandOver] },
    ...(random.chance(0.3) ? [{ afterCommits: 'end', command: { kind: 'rollback' } } as const] : []),
  ];
}
