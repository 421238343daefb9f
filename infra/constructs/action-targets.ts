import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BUILT_IN_ACTIONS, BULK_ACTION } from '../../core/contract/action-catalog.ts';
import { nameSchema } from '../../core/contract/job-spec.ts';
import type { ActionTarget, RegisteredActions } from '../../functions/adapters/actions/registered-actions.ts';
import { acceptFinding, acceptWildcard } from './accepted-findings.ts';
import type { Action } from './action.ts';
import type { ControlFunctions } from './control-functions.ts';
import { httpTarget } from './http-target.ts';
import { lambdaTarget } from './lambda-target.ts';
import { batchJobTarget, ecsTaskTarget, stateMachineTarget, watchTargets } from './service-targets.ts';

/** What every function may know of the actions: their kinds by name, and where requests may go. */
export function registeredOf(actions: Readonly<Record<string, Action>>): RegisteredActions {
  for (const name of Object.keys(actions)) assertActionName(name);
  return Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [
      name,
      action.kind === 'http' ? { kind: action.kind, http: action.http } : action.kind,
    ]),
  );
}

/**
 * What stands behind the actions: the grants to start, stop and ask after it, the rules on the events of
 * its end, and its names, which only the functions are told that start work or hear of its end.
 */
export class ActionTargets extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { readonly actions: Readonly<Record<string, Action>>; readonly functions: ControlFunctions },
  ) {
    super(scope, id);
    const { functions, actions } = props;
    const targets = Object.fromEntries(
      Object.entries(actions).flatMap(([name, action]) => {
        const target = this.targetOf(name, action, functions);
        return target === undefined ? [] : [[name, target] as const];
      }),
    );
    const result = functions.get('lambda-result');
    acceptWildcard(this, `${result.functionArn}:*`, 'What the CDK grants for a destination: one function.');
    acceptFinding(this, 'L1', 'Node.js 22, as all functions of the control plane.');
    assertOneContainer(Object.values(targets));
    watchTargets(this, Object.values(targets), functions.get('service-result'));
    const variable = Stack.of(this).toJsonString(targets);
    for (const name of ['perform-op', 'reach-target', 'service-result'] as const) {
      functions.get(name).addEnvironment('ACTION_TARGETS', variable);
    }
  }

  private targetOf(name: string, action: Action, functions: ControlFunctions): ActionTarget | undefined {
    switch (action.kind) {
      case 'lambda':
        return lambdaTarget(this, name, action, functions);
      case 'http':
        return httpTarget(this, name, action, functions);
      case 'stateMachine':
        return stateMachineTarget(action, functions);
      case 'ecsTask':
        return ecsTaskTarget(action, functions);
      case 'batchJob':
        return batchJobTarget(action, functions);
      case 'external':
      case 'manual':
        return undefined;
    }
  }
}

function assertActionName(name: string): void {
  if (!nameSchema.safeParse(name).success) {
    throw new Error(`action '${name}': a name is 1 to 128 of letters, digits, '.', '_', '/' and '-'`);
  }
  if ([...BUILT_IN_ACTIONS, BULK_ACTION].some((builtIn) => builtIn === name)) {
    throw new Error(`action '${name}' is built in and cannot be registered; choose another name`);
  }
}

/** An event of a task names its cluster and definition, which must say whose exit status counts. */
function assertOneContainer(targets: readonly ActionTarget[]): void {
  const known = new Map<string, string>();
  for (const target of targets) {
    if (target.kind !== 'ecsTask') continue;
    const task = `${target.cluster} ${target.taskDefinition}`;
    if ((known.get(task) ?? target.container) !== target.container) {
      throw new Error(
        'two actions run one task definition with different containers; make another definition',
      );
    }
    known.set(task, target.container);
  }
}
