import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LambdaDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Construct } from 'constructs';
import { BUILT_IN_ACTIONS, BULK_ACTION } from '../../core/contract/action-catalog.ts';
import { nameSchema } from '../../core/contract/job-spec.ts';
import type { RegisteredActions } from '../../functions/adapters/actions/registered-actions.ts';
import type { Action } from './action.ts';

/**
 * The shortest age Lambda takes: an invocation that found no capacity within a minute comes back as
 * unreachable, and the op's own retries decide.
 */
const EVENT_AGE_SECONDS = 60;

/**
 * An alias for each Lambda action, invoked asynchronously: never retried by Lambda, and what the
 * function returns or throws is delivered to `result`.
 */
export class LambdaActions extends Construct {
  private readonly aliases: ReadonlyMap<string, lambda.Alias>;

  /** Kinds by name: what every function may know of the actions. */
  static kindsOf(actions: Readonly<Record<string, Action>>): RegisteredActions {
    for (const name of Object.keys(actions)) assertActionName(name);
    return Object.fromEntries(Object.entries(actions).map(([name, { kind }]) => [name, kind]));
  }

  constructor(
    scope: Construct,
    id: string,
    props: { readonly actions: Readonly<Record<string, Action>>; readonly result: lambda.IFunction },
  ) {
    super(scope, id);
    this.aliases = new Map(
      Object.entries(props.actions).flatMap(([name, action]) =>
        action.kind === 'lambda' ? [[name, this.aliasOf(name, action.handler, props.result)] as const] : [],
      ),
    );
  }

  /** Lets the function invoke the actions, and tells it their aliases. */
  giveTo(dispatcher: lambda.Function): void {
    const targets = [...this.aliases].map(([name, alias]) => [name, alias.functionArn] as const);
    dispatcher.addEnvironment('ACTION_TARGETS', Stack.of(this).toJsonString(Object.fromEntries(targets)));
    if (targets.length === 0) return;
    iam.Grant.addToPrincipal({
      grantee: dispatcher,
      actions: ['lambda:InvokeFunction'],
      resourceArns: targets.map(([, arn]) => arn),
    });
  }

  private aliasOf(name: string, handler: lambda.Function, result: lambda.IFunction): lambda.Alias {
    return new lambda.Alias(this, name, {
      aliasName: `jobplane-${name.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`,
      version: handler.currentVersion,
      retryAttempts: 0,
      maxEventAge: Duration.seconds(EVENT_AGE_SECONDS),
      onSuccess: new LambdaDestination(result),
      onFailure: new LambdaDestination(result),
    });
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
