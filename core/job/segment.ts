import * as z from 'zod';
import { instantSchema } from './instant.ts';

/** PRE ops; RUN ops with POST ops behind them; or rollbacks, of a job that is not running forward. */
export const SEGMENT_GROUPS = ['PRE', 'RUN', 'RECOVER'] as const;

/**
 * One execution. The head names the current one, and every task checks that it serves it, so an
 * execution that was superseded ends itself without touching anything.
 */
export const segmentSchema = z.strictObject({
  group: z.enum(SEGMENT_GROUPS),
  /** Counts through the attempt, from 1. */
  number: z.int().min(1),
  committedAt: instantSchema,
  /** Dispatches so far; a segment is continued in the next before its history grows too long. */
  tries: z.int().min(0),
});

export type Segment = z.infer<typeof segmentSchema>;

/** What names a segment inside its attempt. */
export type SegmentName = Pick<Segment, 'group' | 'number'>;

/** Unique for each (job, attempt, group, segment): Step Functions refuses the second of a name. */
export function executionName(jobId: string, attempt: number, segment: SegmentName): string {
  return `${jobId}-${attempt}-${segment.group}-${segment.number}`;
}
