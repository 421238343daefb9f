import { refusedInProject } from '../../core/access/authorize.ts';
import type { Caller } from '../../core/access/caller.ts';
import { jobShape } from '../../core/contract/api/job-shape.ts';
import { problemOf } from '../../core/contract/api/problem.ts';
import { type BatchItem, batchJobSchema } from '../../core/contract/api/submit-batch.ts';
import { ERRORS, type Refused } from '../../core/contract/error-codes.ts';
import { parseInput } from '../../core/contract/parse-input.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { type Submitted, submitJob } from '../../core/usecases/submit-job.ts';
import { ROUTES } from '../api/routes.ts';
import { refusalOfError } from './refusal-of-error.ts';
import { submissionOf } from './submission-of.ts';

/** One job of a batch: whatever is wrong with it, or fails, is its own answer and nobody else's. */
export async function submitOne(deps: Deps, caller: Caller, job: unknown): Promise<BatchItem> {
  const submitted = await submit(deps, caller, job).catch(refusalOfError);
  if (!submitted.ok) return refusedItem(submitted);
  const { replayed } = submitted;
  return { status: 201, job: jobShape(submitted.job), ...(replayed ? { replayed } : {}) };
}

/** A job of a batch that was not submitted. */
export function refusedItem({ refusal }: Refused): BatchItem {
  return { status: ERRORS[refusal.code].status, error: problemOf(refusal) };
}

async function submit(deps: Deps, caller: Caller, job: unknown): Promise<Submitted> {
  const parsed = parseInput(batchJobSchema, job);
  if (!parsed.ok) return parsed;
  const { spec, idempotencyKey } = parsed.value;
  const refusal = refusedInProject(caller, ROUTES['submit-batch'].permission, spec.project);
  return refusal ?? submitJob(deps, submissionOf(caller, spec, idempotencyKey));
}
