import { allows, type Caller, groupsIn } from '../../core/access/caller.ts';
import { isRole } from '../../core/access/permissions.ts';
import type { Approver } from '../../core/job/approve-job.ts';
import type { Job } from '../../core/job/job.ts';
import { saidBy } from './said-by.ts';

/**
 * What a caller is to a job's approval. Groups are named without their project, which is the job's;
 * a role is no group, so that nobody makes all operators approvers by a slip.
 */
export function approverOf(
  caller: Caller,
  job: Job,
  said: { readonly comment?: string | undefined },
): Approver {
  const names = groupsIn(caller, job.project).map((group) => group.slice(group.indexOf(':') + 1));
  return {
    ...saidBy(caller, said),
    groups: names.filter((name) => !isRole(name)),
    mayApproveAll: allows(caller, 'job.approve_all', job.project),
  };
}
