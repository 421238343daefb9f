import * as z from 'zod';
import { attemptSchema, type JobId, jobIdSchema, opIndexSchema, trySchema } from '../job/identifiers.ts';
import type { RunningCall } from '../ports/actions.ts';

/**
 * What the work of a try is called at the service that runs it, so that a repeated dispatch meets the
 * same work: at most 26 + 4 + 6 + 9 characters and three hyphens, which every service takes.
 */
export function tryName({ jobId, attempt, op, try: number }: RunningCall): string {
  return `${jobId}-${attempt}-${op}-${number}`;
}

const NAME = /^(?<jobId>[0-9A-Z]{26})-(?<attempt>\d+)-(?<op>\d+)-(?<try>\d+)$/;

const nameSchema = z.object({
  jobId: jobIdSchema,
  attempt: z.coerce.number().pipe(attemptSchema),
  op: z.coerce.number().pipe(opIndexSchema),
  try: z.coerce.number().pipe(trySchema),
});

/** Which try a name stands for; null for a name that is not ours. */
export function tryOfName(name: string): (RunningCall & { readonly jobId: JobId }) | null {
  const parsed = nameSchema.safeParse(NAME.exec(name)?.groups);
  return parsed.success ? parsed.data : null;
}
