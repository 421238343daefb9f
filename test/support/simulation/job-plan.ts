import type { ActionCatalog, ActionKind } from '../../../core/contract/action-catalog.ts';
import { type JobSpec, jobSpecSchema } from '../../../core/contract/job-spec.ts';
import type { Json } from '../../../core/op/references.ts';
import type { Random } from './random.ts';

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
 * What somebody does to a job, once it has had so many commits, or just when its PRE hands over to its
 * RUN, or so long after it was stored; whatever its state is by then.
 */
export interface PlannedCommand {
  readonly afterCommits: number | 'hand over' | { readonly milliseconds: number };
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
    /** Somebody takes one of its locks from whoever holds it. */
    | { readonly kind: 'release lock'; readonly lock: number }
    | {
        readonly kind:
          | 'confirm'
          | 'stop execution'
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

/** One job of a history: what is submitted, how its targets behave, and what happens to it. */
export interface JobPlan {
  readonly spec: JobSpec;
  /** By op index, rollbacks included: one behaviour a try, the last one for all further tries. */
  readonly behaviours: ReadonlyMap<number, readonly Behaviour[]>;
  readonly commands: readonly PlannedCommand[];
  readonly dependencies?: readonly PlannedDependency[];
  readonly idempotencyKey: string | null;
  readonly submittedAfterMs: number;
  /** Whether it lasts for months, so that looks at it must be rare for a history to end. */
  readonly lastsMonths: boolean;
}

/** The actions of every simulated deployment. */
export const SIMULATED_ACTIONS: ActionCatalog = new Map<string, { readonly kind: ActionKind }>([
  ['function', { kind: 'lambda' }],
  ['worker', { kind: 'external' }],
  ['log', { kind: 'log' }],
  ['wait', { kind: 'wait' }],
  ['fail', { kind: 'fail' }],
]);

/** A job as a user might submit it, and what happens to it. */
export function planJob(random: Random, position: number): JobPlan {
  const shape = random.weighted({ ordinary: 980, persistent: 3, long: 13, forgotten: 4 });
  const ops = shape === 'ordinary' ? ordinaryOps(random) : specialOps(random, shape);
  const spec = jobSpecSchema.parse({
    name: `job-${position}`,
    project: 'web',
    labels: { simulated: 'yes' },
    rollback: { onFailure: random.chance(0.9), onCancel: random.chance(0.85) },
    ops: ops.map(({ op }) => op),
  });
  const behaviours = new Map<number, readonly Behaviour[]>();
  for (const [index, planned] of ops.entries()) {
    behaviours.set(index, planned.behaviours);
    behaviours.set(index + ops.length, planned.undoing);
  }
  return {
    spec,
    behaviours,
    commands: planCommands(random, ops.length),
    idempotencyKey: random.chance(0.4) ? `key-${random.int(1, 2)}` : null,
    submittedAfterMs: random.int(0, 20_000),
    lastsMonths: shape === 'long' || shape === 'forgotten',
  };
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
    onError: random.weighted({ fail: 70, continue: 18, finish: 12 }),
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

/** Jobs that outlast what one execution takes, and one that nobody answers. */
function specialOps(random: Random, shape: 'persistent' | 'long' | 'forgotten'): readonly PlannedOp[] {
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

function planCommands(random: Random, opCount: number): readonly PlannedCommand[] {
  const commands: PlannedCommand[] = [];
  const commits = 4 + opCount * 3;
  const at = () => random.int(1, commits);
  if (random.chance(0.45)) {
    const cancel = (onlyIfQueued: boolean) => ({
      kind: 'cancel' as const,
      force: random.chance(0.3),
      onlyIfQueued,
      rollback: random.chance(0.8),
    });
    if (random.chance(0.1)) commands.push({ afterCommits: random.int(1, 2), command: cancel(true) });
    else commands.push({ afterCommits: random.chance(0.25) ? 'hand over' : at(), command: cancel(false) });
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
  return commands;
}
