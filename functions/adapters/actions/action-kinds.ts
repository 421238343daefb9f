import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ActionCall, Actions, Dispatched } from '../../../core/ports/actions.ts';
import { dispatchBuiltIn } from './built-in-action.ts';
import { dispatchExternal } from './external-action.ts';
import { dispatchLambda } from './lambda-action.ts';
import type { RegisteredActions } from './registered-actions.ts';

/** The door to every kind of action; each kind is a file beside this one. */
export function actionKinds(client: LambdaClient, registered: RegisteredActions): Actions {
  return {
    async dispatch(action: string, call: ActionCall): Promise<Dispatched> {
      const target = registered[action];
      switch (target?.kind) {
        case 'lambda':
          return dispatchLambda(client, target.alias, call);
        case 'external':
          return dispatchExternal();
        case undefined:
          return dispatchBuiltIn(action, call.input);
      }
    },

    // A Lambda function cannot be stopped, and a worker learns from its next heartbeat: both are
    // fenced off by try and nonce. Built-in actions have nothing that runs.
    async interrupt() {},
  };
}
