import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LambdaDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Construct } from 'constructs';
import { nameSchema } from '../../core/contract/job-spec.ts';
import { BUILT_IN_ACTIONS } from '../../core/contract/action-catalog.ts';
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
  readonly registered: RegisteredActions;
  private readonly aliases: readonly lambda.Alias[];

  constructor(
    scope: Construct,
    id: string,
    props: { readonly actions: Readonly<Record<string, Action>>; readonly result: lambda.IFunction },
  ) {
    super(scope, id);
    const registered: Record<string, RegisteredActions[string]> = {};
    const aliases: lambda.Alias[] = [];
    for (const [name, action] of Object.entries(props.actions)) {
      assertActionName(name);
      if (action.kind === 'external') {
        registered[name] = { kind: 'external' };
        continue;
      }
      const alias = this.aliasOf(name, action.handler, props.result);
      registered[name] = { kind: 'lambda', alias: alias.functionArn };
      aliases.push(alias);
    }
    this.registered = registered;
    this.aliases = aliases;
  }

  grantInvoke(grantee: iam.IGrantable): void {
    if (this.aliases.length === 0) return;
    const resourceArns = this.aliases.map((alias) => alias.functionArn);
    iam.Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns });
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
  if (BUILT_IN_ACTIONS.some((builtIn) => builtIn === name)) {
    throw new Error(`action '${name}' is built in and cannot be registered; choose another name`);
  }
}
