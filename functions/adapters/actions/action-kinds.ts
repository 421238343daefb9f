import type { LambdaClient } from '@aws-sdk/client-lambda';
import { type ActionCatalog, isOffered, isServiceKind } from '../../../core/contract/action-catalog.ts';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import type { ActionCall, Actions, Dispatched } from '../../../core/ports/actions.ts';
import { dispatchBuiltIn } from './built-in-action.ts';
import type { DispatchBulk } from './bulk-action.ts';
import { dispatchHttp } from './http-action.ts';
import { dispatchLambda } from './lambda-action.ts';
import { dispatchOffered } from './offered-action.ts';
import type { ActionTargets } from './registered-actions.ts';
import type { TargetReacher } from './target-reacher.ts';

/** The door to every kind of action; each kind is a file beside this one. */
export function actionKinds(
  client: LambdaClient,
  catalog: ActionCatalog,
  targets: ActionTargets,
  others: { readonly bulk: DispatchBulk; readonly reacher: TargetReacher },
): Actions {
  return {
    ...others.reacher,

    async dispatch(action: string, call: ActionCall): Promise<Dispatched> {
      const kind = catalog.get(action)?.kind;
      if (kind !== undefined && isOffered(kind)) return dispatchOffered();
      if (isServiceKind(kind)) return others.reacher.dispatch(action, call);
      if (kind === 'lambda') return dispatchLambda(client, functionOf(targets, action), call);
      if (kind === 'http') return dispatchHttp(client, functionOf(targets, action), call);
      if (kind === 'bulk') {
        const { jobId, attempt, op, try: number, nonce } = call;
        await others.bulk({ jobId: jobIdSchema.parse(jobId), attempt, op: op.index, try: number, nonce });
        return { kind: 'accepted' };
      }
      return dispatchBuiltIn(action, call.input);
    },
  };
}

function functionOf(targets: ActionTargets, action: string): string {
  const target = targets[action];
  if (target?.kind !== 'lambda' && target?.kind !== 'http') {
    throw new Error(`action '${action}' has no function in this function's environment`);
  }
  return target.function;
}
