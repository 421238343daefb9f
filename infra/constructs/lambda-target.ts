import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LambdaDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Construct } from 'constructs';
import type { ActionTarget } from '../../functions/adapters/actions/registered-actions.ts';
import type { ActionOf } from './action.ts';
import type { ControlFunctions } from './control-functions.ts';

/**
 * The shortest age Lambda takes: an invocation that found no capacity within a minute comes back as
 * unreachable, and the op's own retries decide.
 */
const EVENT_AGE_SECONDS = 60;

/** Whatever is called asynchronously for a try: never again by Lambda, and its end is delivered. */
export function calledOnce(result: lambda.IFunction): lambda.EventInvokeConfigOptions {
  return {
    retryAttempts: 0,
    maxEventAge: Duration.seconds(EVENT_AGE_SECONDS),
    onSuccess: new LambdaDestination(result),
    onFailure: new LambdaDestination(result),
  };
}

/** An alias of the function for its action, which the dispatcher may invoke. */
export function lambdaTarget(
  scope: Construct,
  name: string,
  { handler }: ActionOf<'lambda'>,
  functions: ControlFunctions,
): ActionTarget {
  const alias = new lambda.Alias(scope, name, {
    aliasName: `jobplane-${name.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`,
    version: handler.currentVersion,
    ...calledOnce(functions.get('lambda-result')),
  });
  grantInvoke(functions, alias.functionArn);
  return { kind: 'lambda', function: alias.functionArn };
}

/** Lets the function that dispatches invoke one that does the work of an action. */
export function grantInvoke(functions: ControlFunctions, arn: string): void {
  iam.Grant.addToPrincipal({
    grantee: functions.get('perform-op'),
    actions: ['lambda:InvokeFunction'],
    resourceArns: [arn],
  });
}
