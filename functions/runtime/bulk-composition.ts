import { LambdaClient } from '@aws-sdk/client-lambda';
import { type DispatchBulk, dispatchBulk } from '../adapters/actions/bulk-action.ts';
import { CLIENT } from './composition.ts';
import { bulkEnvironment } from './environment.ts';

/** Has the filter of a bulk job worked through: apart, so that only functions that do bundle the client. */
export function composeBulk(): DispatchBulk {
  const { BULK_FUNCTION } = bulkEnvironment.parse(process.env);
  return dispatchBulk(new LambdaClient(CLIENT), BULK_FUNCTION);
}
