import * as z from 'zod';
import type { InputProblem } from './error-codes.ts';
import { type HttpLimits, httpInputProblems } from './http-call.ts';
import type { JobSpec } from './job-spec.ts';
import { CHILDREN_ACTION, nameSchema } from './job-spec.ts';

/** How an action is carried out; callers see the kind and never what stands behind it. */
export const ACTION_KINDS = [
  'lambda',
  'stateMachine',
  'ecsTask',
  'batchJob',
  'http',
  'external',
  'manual',
  'log',
  'wait',
  'fail',
  'children',
  'bulk',
] as const;

export type ActionKind = (typeof ACTION_KINDS)[number];

/** What a deployment says of an action; of `http` also where its requests may go. */
export interface CatalogEntry {
  readonly kind: ActionKind;
  readonly http?: HttpLimits | undefined;
}

/** The actions a deployment has registered, built-in ones included, by name. */
export type ActionCatalog = ReadonlyMap<string, CatalogEntry>;

/** Work that another service runs for us: it can be stopped there, and asked for if its end is not reported. */
const KINDS_OF_SERVICES = ['stateMachine', 'ecsTask', 'batchJob'] as const satisfies readonly ActionKind[];

export type ServiceKind = (typeof KINDS_OF_SERVICES)[number];

export function isServiceKind(kind: ActionKind | undefined): kind is ServiceKind {
  return KINDS_OF_SERVICES.some((known) => known === kind);
}

/** Kinds that an event offers to whoever does them: a worker, or a person. Nothing is called. */
export function isOffered(kind: ActionKind): kind is 'external' | 'manual' {
  return kind === 'external' || kind === 'manual';
}

/** The actions that every deployment has. */
export const BUILT_IN_ACTIONS = [
  'log',
  'wait',
  'fail',
  CHILDREN_ACTION,
] as const satisfies readonly ActionKind[];

/** The action of `POST /bulk`: no caller can name it, and no deployment register it. */
export const BULK_ACTION = 'bulk' as const satisfies ActionKind;

const referenceSchema = z.strictObject({ $from: z.string() });

/** Longest wait of the built-in `wait`: one year, the most an execution of Step Functions lasts. */
const WAIT_MAX_SECONDS = 31_536_000;

/** Inputs of the built-in actions. */
export const BUILT_IN_INPUTS = {
  /** Writes the message into the job's journal. */
  log: z.strictObject({ message: z.union([z.string(), referenceSchema]) }),
  /** Whole seconds; a literal, since the clock that ends the wait is set when the execution starts. */
  wait: z.strictObject({ seconds: z.int().min(1).max(WAIT_MAX_SECONDS) }),
  /** Fails with the code, for trying out what a job does then. */
  fail: z.strictObject({ code: nameSchema, message: z.string().default('failed on request') }),
} as const;

/** What callers may name: whose action is not among it is Jobplane's own. */
export function namesOfCallers(catalog: ActionCatalog): readonly string[] {
  return [...catalog.keys()].filter((name) => name !== BULK_ACTION && name !== CHILDREN_ACTION).sort();
}

/** Whether each op's action exists and takes the input, as far as that is known before it runs. */
export function actionProblems(spec: JobSpec, catalog: ActionCatalog): readonly InputProblem[] {
  return spec.ops.flatMap((op, index) => {
    const path = `ops.${index}`;
    const own = callProblems(op, path, catalog);
    const rollback = op.rollback === undefined ? [] : callProblems(op.rollback, `${path}.rollback`, catalog);
    return [...own, ...rollback];
  });
}

interface Call {
  readonly action: string;
  readonly input: unknown;
  readonly timeout?: string | undefined;
  readonly heartbeat?: string | undefined;
  readonly children?: object | undefined;
}

function callProblems(call: Call, path: string, catalog: ActionCatalog): readonly InputProblem[] {
  const registered = catalog.get(call.action);
  const kind = registered?.kind;
  if (kind === 'bulk') {
    const message = `action '${call.action}' is Jobplane's own; ask for what it does with POST /bulk`;
    return [{ path: `${path}.action`, code: 'ReservedAction', message }];
  }
  if (kind === undefined) {
    const known = namesOfCallers(catalog).join(', ');
    const message = `there is no action '${call.action}'; the actions are ${known}`;
    return [{ path: `${path}.action`, code: 'UnknownAction', message }];
  }
  if (kind === 'children' && call.children === undefined) {
    const message = `action '${call.action}' is Jobplane's own: it goes with the 'children' of an op`;
    return [{ path: `${path}.action`, code: 'ReservedAction', message }];
  }
  if (kind === 'http') {
    return httpInputProblems(call.input, registered?.http ?? { hosts: [], methods: [] }).map((problem) => ({
      path: [path, 'input', ...problem.path].join('.'),
      code: 'InvalidActionInput',
      message: `action '${call.action}': ${problem.message}`,
    }));
  }
  if (kind === 'lambda' || kind === 'children' || isOffered(kind) || isServiceKind(kind)) return [];
  const parsed = BUILT_IN_INPUTS[kind].safeParse(call.input);
  const problems = (parsed.error?.issues ?? []).map(
    (issue): InputProblem => ({
      path: [path, 'input', ...issue.path.map(String)].join('.'),
      code: 'InvalidActionInput',
      message: `action '${call.action}': ${issue.message}`,
    }),
  );
  if (kind === 'wait' && (call.timeout !== undefined || call.heartbeat !== undefined)) {
    problems.push({
      path,
      code: 'InvalidActionInput',
      message: "action 'wait' ends by its own seconds and takes no timeout or heartbeat",
    });
  }
  return problems;
}
