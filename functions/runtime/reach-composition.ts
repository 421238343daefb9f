import { LambdaClient } from '@aws-sdk/client-lambda';
import { type TargetReacher, targetReacher } from '../adapters/actions/target-reacher.ts';
import { CLIENT, composeCatalog } from './composition.ts';
import { reachEnvironment } from './environment.ts';

/** Has targets reached: apart, so that only functions that command jobs at work bundle the client. */
export function composeReacher(): TargetReacher {
  const { REACH_FUNCTION } = reachEnvironment.parse(process.env);
  return targetReacher(new LambdaClient(CLIENT), REACH_FUNCTION, composeCatalog());
}
