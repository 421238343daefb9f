import { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { ActionCall } from '../../../core/ports/actions.ts';
import { actionKinds } from '../../../functions/adapters/actions/action-kinds.ts';
import { actionTargetsSchema, catalogOf } from '../../../functions/adapters/actions/registered-actions.ts';
import { reachSchema, targetReacher } from '../../../functions/adapters/actions/target-reacher.ts';
import { RUN_ID } from '../../support/job-run.ts';

const CATALOG = catalogOf({
  build: 'lambda',
  render: 'ecsTask',
  hand: 'external',
  sign: 'manual',
  fetch: { kind: 'http', http: { hosts: ['api.example.com'], methods: ['GET'] } },
});

const TARGETS = actionTargetsSchema.parse({
  build: { kind: 'lambda', function: 'arn:build' },
  fetch: { kind: 'http', function: 'arn:fetch' },
});

const CALL: ActionCall = {
  jobId: RUN_ID,
  project: 'web',
  attempt: 1,
  op: { index: 2, name: 'render' },
  try: 3,
  nonce: 'n-1',
  opFence: 9,
  fences: { 'site/docs': 4 },
  input: { file: 'a.mov' },
};

const RUNNING = { jobId: RUN_ID, attempt: 1, op: 2, try: 3 };

const invokedSchema = z.object({
  FunctionName: z.string(),
  InvocationType: z.string().optional(),
  Payload: z.string().transform((text): unknown => JSON.parse(text)),
});

/** The actions through a client that writes down what it invokes, and is answered as a test says. */
function staged(answer: { readonly FunctionError?: string; readonly payload?: unknown } = {}) {
  const invoked: z.output<typeof invokedSchema>[] = [];
  const text = JSON.stringify(answer.payload ?? null);
  const send = async (command: { readonly input: unknown }): Promise<unknown> => {
    invoked.push(invokedSchema.parse(command.input));
    return { FunctionError: answer.FunctionError, Payload: { transformToString: () => text } };
  };
  const client = Object.assign(new LambdaClient({ region: 'eu-west-1' }), { send });
  const reacher = targetReacher(client, 'reach-target', CATALOG);
  const actions = actionKinds(client, CATALOG, TARGETS, { bulk: async () => {}, reacher });
  return { invoked, actions };
}

describe('the dispatch of a try', () => {
  it('to a function does not wait for it', async () => {
    const { invoked, actions } = staged();
    expect(await actions.dispatch('build', CALL)).toEqual({ kind: 'accepted' });
    expect(invoked).toEqual([{ FunctionName: 'arn:build', InvocationType: 'Event', Payload: CALL }]);
  });

  it('to the function of an http action says that it returns an outcome', async () => {
    const { invoked, actions } = staged();
    expect(await actions.dispatch('fetch', CALL)).toEqual({ kind: 'accepted' });
    expect(invoked).toEqual([
      { FunctionName: 'arn:fetch', InvocationType: 'Event', Payload: { ...CALL, answers: 'outcome' } },
    ]);
  });

  it.each(['hand', 'sign'])('of %s calls nobody', async (action) => {
    const { invoked, actions } = staged();
    expect(await actions.dispatch(action, CALL)).toEqual({ kind: 'accepted' });
    expect(invoked).toEqual([]);
  });

  it('to another service waits for the function that reaches it', async () => {
    const { invoked, actions } = staged({ payload: { kind: 'accepted' } });
    expect(await actions.dispatch('render', CALL)).toEqual({ kind: 'accepted' });
    expect(invoked).toMatchObject([{ FunctionName: 'reach-target' }]);
    expect(invoked[0]).not.toHaveProperty('InvocationType', 'Event');
    expect(reachSchema.parse(invoked[0]?.Payload)).toEqual({
      verb: 'dispatch',
      action: 'render',
      call: CALL,
    });
  });

  it('that another service did not take fails, and says why', async () => {
    const payload = { errorType: 'ClusterNotFoundException', errorMessage: 'Cluster not found.' };
    const { actions } = staged({ FunctionError: 'Unhandled', payload });
    await expect(actions.dispatch('render', CALL)).rejects.toThrow(
      'ClusterNotFoundException: Cluster not found.',
    );
  });

  it('that no try can do better is settled', async () => {
    const error = { code: 'InputTooLarge', message: 'too large' };
    const payload = { kind: 'settled', outcome: { kind: 'failed', error } };
    expect(await staged({ payload }).actions.dispatch('render', CALL)).toEqual(payload);
  });
});

describe('an interrupt or a look', () => {
  it.each(['interrupt', 'look'] as const)('has another service reached: %s', async (verb) => {
    const { invoked, actions } = staged();
    await actions[verb]('render', RUNNING);
    expect(invoked).toMatchObject([{ FunctionName: 'reach-target', InvocationType: 'Event' }]);
    expect(reachSchema.parse(invoked[0]?.Payload)).toEqual({ verb, action: 'render', running: RUNNING });
  });

  it.each(['build', 'fetch', 'hand', 'sign', 'log', 'removed'])('of %s reaches nobody', async (action) => {
    const { invoked, actions } = staged();
    await actions.interrupt(action, RUNNING);
    await actions.look(action, RUNNING);
    expect(invoked).toEqual([]);
  });
});
