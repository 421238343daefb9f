import { OP_SCHEMA_VERSION, type Op } from '../op/op.ts';
import type { Job } from './job.ts';
import type { PlannedCall } from './plan.ts';

/** What the item of an op says of it from its first write on. */
export function opOfPlan(
  { id, attempt }: Job,
  { index, name, call }: PlannedCall,
): Pick<Op, 'schema' | 'jobId' | 'attempt' | 'index' | 'name' | 'action'> {
  return { schema: OP_SCHEMA_VERSION, jobId: id, attempt, index, name, action: call.action };
}
