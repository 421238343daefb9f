import * as z from 'zod';
import { type JobId, jobIdSchema } from '../job/identifiers.ts';
import type { Serves } from '../job/live-segment.ts';
import { SEGMENT_GROUPS } from '../job/segment.ts';

/**
 * The event of an execution that ended. Best effort, unordered, possibly twice: it only says where
 * to look.
 * Source: AWS Step Functions Developer Guide, "Step Functions Execution Status Change".
 */
export const executionEndedSchema = z.object({
  detail: z.object({
    name: z.string(),
    stateMachineArn: z.string(),
    status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED']),
    error: z.string().nullish(),
  }),
});

const NAME = /^(?<jobId>[0-9A-Z]{26})-(?<attempt>\d+)-(?<group>[A-Z]+)-(?<number>\d+)$/;

const nameSchema = z.object({
  jobId: jobIdSchema,
  attempt: z.coerce.number().int().min(1),
  group: z.enum(SEGMENT_GROUPS),
  number: z.coerce.number().int().min(1),
});

/** Which job's segment an execution served, by its name; null for a name that is not ours. */
export function segmentOfExecution(name: string): ({ readonly jobId: JobId } & Serves) | null {
  const parsed = nameSchema.safeParse(NAME.exec(name)?.groups);
  return parsed.success ? parsed.data : null;
}
