import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { ActionCall, Dispatched } from '../../../core/ports/actions.ts';

/**
 * Invokes the action's own function asynchronously, which makes the request and returns how the try went
 * (functions/events/http-call.lambda.ts); its destinations bring that back as they do of Lambda actions.
 * A request that is under way cannot be stopped: its late answer is fenced off by try and nonce.
 */
export async function dispatchHttp(
  client: LambdaClient,
  functionArn: string,
  call: ActionCall,
): Promise<Dispatched> {
  const Payload = JSON.stringify({ ...call, answers: 'outcome' });
  await client.send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'Event', Payload }));
  return { kind: 'accepted' };
}
