import * as z from 'zod';
import { eventually } from './eventually.ts';
import type { JobsApi } from './jobs-api.ts';
import { TWO_SWEEPS_MS } from './two-sweeps.ts';

/**
 * Submits a job while processes are killed: a client whose request met a killed process asks again,
 * with the same key.
 *
 * @returns the id of the one job that comes of it
 */
export async function submitSurely(api: JobsApi, key: string, body: object): Promise<string> {
  const headers = { 'idempotency-key': key };
  return eventually(`job ${key} is submitted`, TWO_SWEEPS_MS, async () => {
    const answer = await api.call('POST', '/jobs', body, headers);
    if (answer.status >= 500) return null;
    return z.looseObject({ id: z.string() }).parse(answer.body).id;
  });
}
