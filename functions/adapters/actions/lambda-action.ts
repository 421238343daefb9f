import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { ActionCall, Dispatched } from '../../../core/ports/actions.ts';

/**
 * Invokes the alias asynchronously. What the plain function returns or throws comes back through the
 * alias's destinations (see functions/events/lambda-result.lambda.ts), so user code needs no SDK.
 * Source: AWS Lambda Developer Guide, "Capturing records of asynchronous invocations".
 */
export async function dispatchLambda(
  client: LambdaClient,
  alias: string,
  call: ActionCall,
): Promise<Dispatched> {
  await client.send(
    new InvokeCommand({ FunctionName: alias, InvocationType: 'Event', Payload: JSON.stringify(call) }),
  );
  return { kind: 'accepted' };
}
