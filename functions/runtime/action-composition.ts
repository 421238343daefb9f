import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Actions } from '../../core/ports/actions.ts';
import { actionKinds } from '../adapters/actions/action-kinds.ts';
import { composeBulk } from './bulk-composition.ts';
import { CLIENT, composeCatalog } from './composition.ts';
import { targetsEnvironment } from './environment.ts';
import { composeReacher } from './reach-composition.ts';

/** The actions with their targets: apart, so that only the function that dispatches bundles them. */
export function composeActions(): Actions {
  const { ACTION_TARGETS } = targetsEnvironment.parse(process.env);
  const others = { bulk: composeBulk(), reacher: composeReacher() };
  return actionKinds(new LambdaClient(CLIENT), composeCatalog(), ACTION_TARGETS, others);
}
