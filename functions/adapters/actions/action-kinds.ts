import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ActionCatalog } from '../../../core/contract/action-catalog.ts';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import type { ActionCall, Actions, Dispatched } from '../../../core/ports/actions.ts';
import { dispatchBuiltIn } from './built-in-action.ts';
import type { DispatchBulk } from './bulk-action.ts';
import { dispatchExternal } from './external-action.ts';
import { dispatchLambda } from './lambda-action.ts';
import type { ActionTargets } from './registered-actions.ts';

/** The door to every kind of action; each kind is a file beside this one. */
export function actionKinds(
  client: LambdaClient,
  catalog: ActionCatalog,
  targets: ActionTargets,
  bulk: DispatchBulk,
): Actions {
  return {
    async dispatch(action: string, call: ActionCall): Promise<Dispatched> {
      const kind = catalog.get(action)?.kind;
      if (kind === 'lambda') return dispatchLambda(client, targetOf(targets, action), call);
      if (kind === 'external') return dispatchExternal();
      if (kind === 'bulk') {
        const { jobId, attempt, op, try: number, nonce } = call;
        await bulk({ jobId: jobIdSchema.parse(jobId), attempt, op: op.index, try: number, nonce });
        return { kind: 'accepted' };
      }
      return dispatchBuiltIn(action, call.input);
    },

    // A Lambda function cannot be stopped, and a worker learns from its next heartbeat: both are
    // fenced off by try and nonce. Built-in actions have nothing that runs.
    async interrupt() {},
  };
}

function targetOf(targets: ActionTargets, action: string): string {
  const target = targets[action];
  if (target === undefined)
    throw new Error(`action '${action}' has no target in this function's environment`);
  return target;
}
