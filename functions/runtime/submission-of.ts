import { type Caller, groupsIn } from '../../core/access/caller.ts';
import type { SubmittedSpec } from '../../core/contract/job-spec.ts';
import type { Submission } from '../../core/usecases/submit-job.ts';
import { specHash } from './spec-hash.ts';

/** What a caller submits, and the Idempotency-Key that they made up for it. */
export function submissionOf(caller: Caller, spec: SubmittedSpec, key: string | undefined): Submission {
  return {
    spec,
    submitter: { user: caller.user, groups: groupsIn(caller, spec.project) },
    ...(key === undefined ? {} : { idempotency: { key, bodyHash: specHash(spec) } }),
  };
}
