import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { type ActionCatalog, isServiceKind } from '../../../core/contract/action-catalog.ts';
import { attemptSchema, jobIdSchema, opIndexSchema, trySchema } from '../../../core/job/identifiers.ts';
import type { ActionCall, Actions, Dispatched, RunningCall } from '../../../core/ports/actions.ts';

const runningSchema = z.strictObject({
  jobId: jobIdSchema,
  attempt: attemptSchema,
  op: opIndexSchema,
  try: trySchema,
});

/** What the function that reaches targets is called with. */
export const reachSchema = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.literal('dispatch'),
    action: z.string(),
    call: z.strictObject({
      jobId: jobIdSchema,
      project: z.string(),
      attempt: attemptSchema,
      op: z.strictObject({ index: opIndexSchema, name: z.string() }),
      try: trySchema,
      nonce: z.string(),
      opFence: z.number(),
      fences: z.record(z.string(), z.number()),
      input: z.json(),
    }),
  }),
  z.strictObject({ verb: z.literal('interrupt'), action: z.string(), running: runningSchema }),
  z.strictObject({ verb: z.literal('look'), action: z.string(), running: runningSchema }),
]);

/** What it answers to a dispatch. */
const dispatchedSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accepted') }),
  z.strictObject({
    kind: z.literal('settled'),
    outcome: z.strictObject({
      kind: z.literal('failed'),
      error: z.strictObject({ code: z.string(), message: z.string() }),
    }),
  }),
]);

/** What a function may have done at the services that run work for us. */
export type TargetReacher = Actions;

/**
 * The one function that holds the grants on other services and their clients does it: it is waited for
 * where its failure matters, as a dispatch's does, and not where nobody waits for the service.
 */
export function targetReacher(
  client: LambdaClient,
  functionName: string,
  catalog: ActionCatalog,
): TargetReacher {
  const isReached = (action: string) => isServiceKind(catalog.get(action)?.kind);
  const tell = async (verb: 'interrupt' | 'look', action: string, running: RunningCall) => {
    if (!isReached(action)) return;
    const Payload = JSON.stringify({ verb, action, running });
    await client.send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload }));
  };

  return {
    async dispatch(action: string, call: ActionCall): Promise<Dispatched> {
      const Payload = JSON.stringify({ verb: 'dispatch', action, call });
      const answer = await client.send(new InvokeCommand({ FunctionName: functionName, Payload }));
      const text = answer.Payload?.transformToString() ?? 'null';
      if (answer.FunctionError !== undefined) throw new Error(`the target was not reached: ${wordsOf(text)}`);
      return dispatchedSchema.parse(JSON.parse(text));
    },
    interrupt: (action, running) => tell('interrupt', action, running),
    look: (action, running) => tell('look', action, running),
  };
}

const errorSchema = z.object({ errorType: z.string(), errorMessage: z.string() });

function wordsOf(text: string): string {
  const error = errorSchema.safeParse(JSON.parse(text));
  return error.success ? `${error.data.errorType}: ${error.data.errorMessage}` : 'it gave no reason';
}
