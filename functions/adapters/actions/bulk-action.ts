import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { BulkTry } from '../../../core/usecases/run-bulk.ts';

export type DispatchBulk = (bulk: BulkTry) => Promise<void>;

/** Invokes the function that works through a filter, asynchronously: it completes the try by itself. */
export function dispatchBulk(client: LambdaClient, functionName: string): DispatchBulk {
  return async (bulk) => {
    const Payload = JSON.stringify(bulk);
    await client.send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload }));
  };
}
