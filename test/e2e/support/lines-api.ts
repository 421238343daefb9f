import * as z from 'zod';
import { jobExplanationSchema } from '../../../core/contract/api/why.ts';
import type { JobsApi } from './jobs-api.ts';

const lineSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      name: z.string(),
      holders: z.array(z.looseObject({ jobId: z.string().optional() })).optional(),
      waiters: z.array(z.looseObject({ jobId: z.string().optional() })).optional(),
    }),
  ),
});

/** Ids of the jobs that hold a lock of project `web`, and of those in its line, first to last. */
export async function lockLine(
  api: JobsApi,
  name: string,
): Promise<{ readonly holders: readonly string[]; readonly waiters: readonly string[] }> {
  const answer = await api.call('GET', `/locks?project=web&name=${encodeURIComponent(name)}`);
  if (answer.status === 404) return { holders: [], waiters: [] };
  const [lock] = lineSchema.parse(answer.body).items;
  const idsOf = (stands: readonly { readonly jobId?: string | undefined }[] = []) =>
    stands.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId]));
  return { holders: idsOf(lock?.holders), waiters: idsOf(lock?.waiters) };
}

/** Why the job is where it is, as the API explains it. */
export async function whyOf(api: JobsApi, id: string): Promise<z.output<typeof jobExplanationSchema>> {
  return jobExplanationSchema.parse((await api.call('GET', `/jobs/${id}/why`)).body);
}
