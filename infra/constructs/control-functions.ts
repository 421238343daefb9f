import { fileURLToPath } from 'node:url';
import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ROUTES, type RouteEntry } from '../../functions/api/routes.ts';
import type { EnvironmentVariables } from '../../functions/runtime/environment.ts';
import { bundleFunctions } from '../bundling/bundle-functions.ts';
import { ControlFunction } from './control-function.ts';
import type { ExecutionVerb, JobMachine } from './job-machine.ts';
import type { JobTable } from './job-table.ts';

const TASKS = ['perform-op', 'handle-op-failure', 'plan-recovery', 'finish-job'] as const;
const EVENTS = ['lambda-result', 'execution-ended', 'publish-journal', 'sweep'] as const;

export type FunctionName = RouteEntry | (typeof TASKS)[number] | (typeof EVENTS)[number];

/** What one function may do of the table and the executions: its role holds this and what its own trigger needs. */
interface Needs {
  readonly store?: 'read' | 'write';
  readonly executions?: readonly ExecutionVerb[];
  readonly timeoutSeconds?: number;
}

/** A sweep looks at thousands of jobs; the next one starts a minute later and does no harm beside it. */
const SWEEP_TIMEOUT_SECONDS = 300;

/** Every function of the control plane and what it needs: the table that the roles are made from. */
export const NEEDS: Readonly<Record<FunctionName, Needs>> = {
  'submit-job': { store: 'write', executions: ['start'] },
  'list-jobs': { store: 'read' },
  'get-job': { store: 'read' },
  'read-journal': { store: 'read' },
  'list-ops': { store: 'read' },
  'list-actions': {},
  'cancel-job': { store: 'write', executions: ['start', 'answer', 'stop'] },
  'add-note': { store: 'write' },
  'delete-job': { store: 'write' },
  'complete-op': { store: 'write', executions: ['answer'] },
  'fail-op': { store: 'write', executions: ['answer'] },
  'heartbeat-op': { store: 'read', executions: ['heartbeat'] },
  'log-op': { store: 'write' },
  republish: { store: 'read' },
  'perform-op': { store: 'write', executions: ['answer'] },
  'handle-op-failure': { store: 'write', executions: ['answer', 'start'] },
  'plan-recovery': { store: 'write' },
  'finish-job': { store: 'write', executions: ['start'] },
  'lambda-result': { store: 'write', executions: ['answer'] },
  'execution-ended': { store: 'write' },
  'publish-journal': {},
  sweep: {
    store: 'write',
    executions: ['start', 'answer', 'stop', 'describe'],
    timeoutSeconds: SWEEP_TIMEOUT_SECONDS,
  },
};

/** All functions of the control plane, each with its own role. */
export class ControlFunctions extends Construct {
  private readonly handlers: ReadonlyMap<FunctionName, lambda.Function>;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly environment: EnvironmentVariables; readonly removalPolicy: RemovalPolicy },
  ) {
    super(scope, id);
    const bundleOf = bundleFunctions('control-plane', entries());
    const handlers = new Map<FunctionName, lambda.Function>();
    for (const name of FUNCTION_NAMES) {
      const needs = NEEDS[name];
      const { handler } = new ControlFunction(this, name, {
        code: bundleOf(name),
        description: `Jobplane: ${name}`,
        environment: props.environment,
        removalPolicy: props.removalPolicy,
        ...(needs.timeoutSeconds === undefined ? {} : { timeoutSeconds: needs.timeoutSeconds }),
      });
      handlers.set(name, handler);
    }
    this.handlers = handlers;
  }

  get(name: FunctionName): lambda.Function {
    const handler = this.handlers.get(name);
    if (handler === undefined) throw new Error(`there is no function ${name}`);
    return handler;
  }

  /** Gives every function what it needs of the table and the executions. */
  grant(table: JobTable, machine: JobMachine): void {
    for (const [name, handler] of this.handlers) {
      const needs = NEEDS[name];
      if (needs.store !== undefined) table.grantRead(handler);
      if (needs.store === 'write') table.grantWrite(handler);
      machine.grant(handler, needs.executions ?? []);
    }
  }
}

const FUNCTION_NAMES: readonly FunctionName[] = [...ROUTES.map(({ entry }) => entry), ...TASKS, ...EVENTS];

function entries(): ReadonlyMap<FunctionName, string> {
  const fileOf = (folder: string, name: string) =>
    fileURLToPath(new URL(`../../functions/${folder}/${name}.lambda.ts`, import.meta.url));
  return new Map<FunctionName, string>([
    ...ROUTES.map(({ entry }) => [entry, fileOf('api', entry)] as const),
    ...TASKS.map((name) => [name, fileOf('tasks', name)] as const),
    ...EVENTS.map((name) => [name, fileOf('events', name)] as const),
  ]);
}
