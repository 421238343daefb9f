import type * as lambda from 'aws-cdk-lib/aws-lambda';

/** What stands behind an action's name. Callers of the API see the name and the kind, nothing else. */
export type Action =
  | { readonly kind: 'lambda'; readonly handler: lambda.Function }
  | { readonly kind: 'external' };

export const Action = {
  /**
   * A plain Lambda function: what it returns is the op's result, what it throws fails the op with the
   * error's name as the code. Jobplane invokes an alias of its own, so the function needs no SDK and
   * keeps its own asynchronous settings.
   */
  lambda(handler: lambda.Function): Action {
    return { kind: 'lambda', handler };
  },

  /**
   * Work done outside: an `Op Ready` event on the bus says what is to be done, and a worker completes
   * it through the API with the permission `job.work`.
   */
  external(): Action {
    return { kind: 'external' };
  },
};
