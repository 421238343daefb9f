import * as z from 'zod';
import type { Completion, Outcome } from '../job/complete-op.ts';
import type { JobId } from '../job/identifiers.ts';
import { tryOfName } from './try-name.ts';

/**
 * How the work of a try ended, by the event of the service that ran it. Events come late, twice or in
 * another order, so the stored op decides; `from` names the target, which must be the one of the op's action.
 */
export interface ServiceAnswer {
  readonly jobId: JobId;
  readonly completion: Completion;
  readonly from: AnswerSource;
}

/** The target that ended, in the words of its service. */
export type AnswerSource =
  | { readonly kind: 'stateMachine'; readonly machine: string }
  | { readonly kind: 'ecsTask'; readonly cluster: string; readonly taskDefinition: string }
  | { readonly kind: 'batchJob'; readonly queue: string; readonly definition: string };

/** What every service is sent, and some send back: it proves that the work is of our dispatch. */
const callSchema = z.object({ nonce: z.string() });

/** The nonce in the call that a service carried; none in what is not our call. */
export function nonceIn(call: string | null | undefined): string | undefined {
  return callSchema.safeParse(jsonOrNothing(call ?? undefined)).data?.nonce;
}

/** The value of a JSON text; undefined for none. */
export function jsonOrNothing(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null: the work has no name of ours, so it is somebody else's. */
export function serviceAnswer(
  name: string,
  answer: {
    readonly actor: string;
    readonly nonce: string | undefined;
    readonly outcome: Outcome;
    readonly from: AnswerSource;
  },
): ServiceAnswer | null {
  const named = tryOfName(name);
  if (named === null) return null;
  const { jobId, ...tried } = named;
  const { from, nonce, ...said } = answer;
  return { jobId, from, completion: { ...tried, ...said, ...(nonce === undefined ? {} : { nonce }) } };
}
