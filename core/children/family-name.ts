import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, trySchema } from '../job/identifiers.ts';
import { FAMILY_VERBS, type FamilyRef } from '../ports/executions.ts';

/** Name of an execution of `child-jobs`: one for each thing that is ever done with a group. */
export function familyName({ jobId, attempt, op, try: number, verb }: FamilyRef): string {
  const name = `${jobId}-${attempt}-${op}-${number}`;
  return verb === 'cancel' || verb === 'force' ? `${name}-${verb}` : name;
}

const NAME = /^(?<jobId>[0-9A-Z]{26})-(?<attempt>\d+)-(?<op>\d+)-(?<try>\d+)(?:-(?<verb>cancel|force))?$/;

const nameSchema = z.object({
  jobId: jobIdSchema,
  attempt: z.coerce.number().pipe(attemptSchema),
  op: z.coerce.number().pipe(opIndexSchema),
  try: z.coerce.number().pipe(trySchema),
  // A rollback's and an op's names differ by their index.
  verb: z.enum(FAMILY_VERBS).default('run'),
});

/** What an execution did, by its name; null for a name that is not ours. `run` also stands for `undo`. */
export function familyOf(name: string): FamilyRef | null {
  const parsed = nameSchema.safeParse(NAME.exec(name)?.groups);
  return parsed.success ? parsed.data : null;
}
