import { fileURLToPath } from 'node:url';
import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { controlPlaneBundles } from '#control-plane-bundles';
import { ROUTES, type RouteName } from '../../functions/api/routes.ts';
import type { ClaimVariables, EnvironmentVariables } from '../../functions/runtime/environment.ts';
import { ControlFunction } from './control-function.ts';
import type { ForeseenFunction } from './foreseen-function.ts';
import type { ExecutionVerb, JobMachine } from './job-machine.ts';
import type { JobTable } from './job-table.ts';
import type { ScheduledCalls } from './scheduled-calls.ts';

type TaskName =
  | 'perform-op'
  | 'handle-op-failure'
  | 'plan-recovery'
  | 'finish-job'
  | 'make-children'
  | 'give-up-children';

const EVENTS = [
  'lambda-result',
  'service-result',
  'reach-target',
  'execution-ended',
  'publish-journal',
  'on-due',
  'run-schedule',
  'run-bulk',
  'on-command',
  'sweep',
] as const;

/** Called while a deployment lasts, which fails when they do: no alarm watches them. */
const AT_DEPLOYMENT = ['declare-queues'] as const;

export type FunctionName = RouteName | TaskName | (typeof EVENTS)[number] | (typeof AT_DEPLOYMENT)[number];

/** What one function may do of the table, the executions, the schedules and bulk jobs: its role holds this and what its own trigger needs. */
interface Needs {
  readonly store?: 'read' | 'write';
  readonly executions?: readonly ExecutionVerb[];
  /** Whether it makes and removes the one-time schedules of waiting jobs. */
  readonly schedules?: true;
  /** Whether it makes, changes and removes recurring schedules. */
  readonly recurring?: true;
  /** Whether it has the filter of a bulk job worked through. */
  readonly bulk?: true;
  /** Whether it has work at other services started, stopped or asked after. */
  readonly reach?: true;
  readonly timeoutSeconds?: number;
}

/** Works through some thousand jobs, and is then called again. */
const BULK_TIMEOUT_SECONDS = 300;

/** A sweep looks at thousands of jobs; the next one starts a minute later and does no harm beside it. */
const SWEEP_TIMEOUT_SECONDS = 300;

/**
 * Makes a waiting job go on, or hands on what one gave back: that starts it, or gives it a schedule. A child
 * that ends lets its parent go on, whose task is told.
 */
const MOVES_WAITING_JOBS = {
  store: 'write',
  executions: ['start', 'answer'],
  schedules: true,
} as const satisfies Needs;

/** Commands a job at work, or one that begins again: its execution is told, started, or stopped. */
const COMMANDS_JOBS = {
  ...MOVES_WAITING_JOBS,
  executions: ['start', 'answer', 'stop'],
} as const satisfies Needs;

/** Cancels jobs, whose work at other services is stopped. */
const CANCELS_JOBS = { ...COMMANDS_JOBS, reach: true } as const satisfies Needs;

/** Makes, changes or runs a recurring schedule: submits the jobs that it owes, and cancels those they replace. */
const RUNS_SCHEDULES = { ...CANCELS_JOBS, recurring: true } as const satisfies Needs;

/** Looks at a job whose time has come: does whatever somebody left undone. */
const LOOKS = {
  ...MOVES_WAITING_JOBS,
  executions: ['start', 'answer', 'stop', 'describe'],
  reach: true,
} as const satisfies Needs;

/**
 * Every function of the control plane and what it needs: the table that the roles are made from. Whoever
 * carries out what a commit left does all that the job owes, also of an earlier commit's.
 */
export const NEEDS: Readonly<Record<FunctionName, Needs>> = {
  'get-open-api': {},
  'submit-job': MOVES_WAITING_JOBS,
  'submit-batch': MOVES_WAITING_JOBS,
  'list-jobs': { store: 'read' },
  'get-job': { store: 'read' },
  'read-journal': { store: 'read' },
  'list-ops': { store: 'read' },
  'list-children': { store: 'read' },
  'list-actions': {},
  'explain-job': { store: 'read' },
  'cancel-job': CANCELS_JOBS,
  'confirm-job': MOVES_WAITING_JOBS,
  'approve-job': MOVES_WAITING_JOBS,
  'reject-job': MOVES_WAITING_JOBS,
  'reschedule-job': COMMANDS_JOBS,
  'rerun-job': COMMANDS_JOBS,
  'roll-back-job': COMMANDS_JOBS,
  'pause-job': COMMANDS_JOBS,
  'resume-job': COMMANDS_JOBS,
  'answer-trap': COMMANDS_JOBS,
  'change-priority': MOVES_WAITING_JOBS,
  'add-note': { store: 'write' },
  'delete-job': CANCELS_JOBS,
  'complete-op': { store: 'write', executions: ['answer'] },
  'fail-op': { store: 'write', executions: ['answer'] },
  'heartbeat-op': { store: 'read', executions: ['heartbeat'] },
  'log-op': { store: 'write' },
  'get-session': { store: 'read' },
  'close-session': CANCELS_JOBS,
  'list-queues': { store: 'read' },
  'put-queue': MOVES_WAITING_JOBS,
  'list-resources': { store: 'read' },
  'put-resource': MOVES_WAITING_JOBS,
  'list-locks': { store: 'read' },
  'release-lock': COMMANDS_JOBS,
  'list-schedules': { store: 'read' },
  'create-schedule': RUNS_SCHEDULES,
  'get-schedule': { store: 'read' },
  'edit-schedule': RUNS_SCHEDULES,
  'delete-schedule': RUNS_SCHEDULES,
  'run-schedule-now': RUNS_SCHEDULES,
  bulk: MOVES_WAITING_JOBS,
  republish: { store: 'read' },
  'perform-op': { ...MOVES_WAITING_JOBS, bulk: true, reach: true },
  'handle-op-failure': { store: 'write', executions: ['answer', 'start'], reach: true },
  'plan-recovery': { store: 'write', executions: ['start'] },
  'make-children': CANCELS_JOBS,
  'give-up-children': MOVES_WAITING_JOBS,
  'finish-job': MOVES_WAITING_JOBS,
  'lambda-result': { store: 'write', executions: ['answer'] },
  'service-result': { store: 'write', executions: ['answer'] },
  // What it may do at other services is granted with the actions that need it (action-targets.ts).
  'reach-target': { store: 'write', executions: ['answer'] },
  'execution-ended': { ...MOVES_WAITING_JOBS, reach: true },
  'publish-journal': {},
  'on-command': COMMANDS_JOBS,
  'on-due': LOOKS,
  'run-schedule': RUNS_SCHEDULES,
  'run-bulk': {
    ...CANCELS_JOBS,
    executions: [...CANCELS_JOBS.executions, 'heartbeat'],
    bulk: true,
    timeoutSeconds: BULK_TIMEOUT_SECONDS,
  },
  'declare-queues': MOVES_WAITING_JOBS,
  sweep: { ...LOOKS, recurring: true, timeoutSeconds: SWEEP_TIMEOUT_SECONDS },
};

/** The entry that every function of an action of kind http is made of. */
export const HTTP_CALL = 'http-call';

/** All functions of the control plane, each with its own role. */
export class ControlFunctions extends Construct {
  readonly logGroup: logs.LogGroup;
  /** Where the bundle of an entry is. */
  readonly bundleOf: (name: string) => string;
  private readonly handlers: ReadonlyMap<string, lambda.Function>;

  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly environment: EnvironmentVariables & ClaimVariables;
      readonly removalPolicy: RemovalPolicy;
      /** Names of those that something must name before they exist. */
      readonly names: Readonly<Partial<Record<FunctionName, string>>>;
    },
  ) {
    super(scope, id);
    const needs = Object.entries<Needs>(NEEDS);
    this.bundleOf = controlPlaneBundles(controlPlaneEntries());
    // One for all: a job's lines are read in one place, and a group each would be 50 of the 500 resources of a stack.
    this.logGroup = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy,
    });
    const handlers = new Map<string, lambda.Function>();
    const names = new Map(Object.entries(props.names));
    for (const [name, { timeoutSeconds }] of needs) {
      const functionName = names.get(name);
      const { handler } = new ControlFunction(this, name, {
        code: this.bundleOf(name),
        description: `Jobplane: ${name}`,
        environment: props.environment,
        logGroup: this.logGroup,
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
        ...(functionName === undefined ? {} : { functionName }),
      });
      handlers.set(name, handler);
    }
    this.handlers = handlers;
  }

  /** The function of this name; routes come by theirs. */
  get(name: FunctionName): lambda.Function {
    const handler = this.handlers.get(name);
    if (handler === undefined) throw new Error(`there is no function ${name}`);
    return handler;
  }

  /** The functions of the API's routes. */
  routes(): readonly (readonly [RouteName, lambda.Function])[] {
    return Object.keys(ROUTES)
      .filter(isRoute)
      .map((name) => [name, this.get(name)] as const);
  }

  /** The functions that the state machines call. */
  tasks(): readonly lambda.Function[] {
    return [...this.handlers].flatMap(([name, handler]) => (folderOf(name) === 'tasks' ? [handler] : []));
  }

  /** The functions that services of AWS call on events. */
  events(): readonly lambda.Function[] {
    return EVENTS.map((name) => this.get(name));
  }

  /** Gives every function what it needs of the table, the executions and the schedules. */
  grant(parts: {
    readonly table: JobTable;
    readonly machine: JobMachine;
    readonly childMachine: JobMachine;
    readonly schedules: ScheduledCalls;
    readonly recurring: ScheduledCalls;
    readonly bulk: ForeseenFunction;
    readonly reach: ForeseenFunction;
  }): void {
    const { table, machine, childMachine, schedules, recurring, bulk, reach } = parts;
    for (const [name, needs] of Object.entries<Needs>(NEEDS)) {
      const handler = this.handlers.get(name);
      if (handler === undefined) continue;
      if (needs.store !== undefined) table.grantRead(handler);
      if (needs.store === 'write') table.grantWrite(handler);
      const verbs = needs.executions ?? [];
      machine.grant(handler, verbs);
      childMachine.grant(
        handler,
        verbs.filter((verb) => verb === 'start' || verb === 'describe'),
      );
      if (needs.schedules === true) schedules.grant(handler);
      if (needs.recurring === true) recurring.grant(handler);
      if (needs.bulk === true) bulk.grant(handler);
      if (needs.reach === true) reach.grant(handler);
    }
  }
}

/** The entry file of every function, by its name. */
export function controlPlaneEntries(): ReadonlyMap<string, string> {
  const http = fileURLToPath(new URL('../../functions/events/http-call.lambda.ts', import.meta.url));
  return new Map([...Object.keys(NEEDS).map((name) => [name, entryOf(name)] as const), [HTTP_CALL, http]]);
}

/** Routes are in `api/`, what AWS services call is in `events/`, the rest are tasks of the state machine. */
function entryOf(name: string): string {
  return fileURLToPath(new URL(`../../functions/${folderOf(name)}/${name}.lambda.ts`, import.meta.url));
}

function folderOf(name: string): 'api' | 'events' | 'tasks' {
  if (isRoute(name)) return 'api';
  return [...EVENTS, ...AT_DEPLOYMENT].some((event) => event === name) ? 'events' : 'tasks';
}

function isRoute(name: string): name is RouteName {
  return Object.hasOwn(ROUTES, name);
}
