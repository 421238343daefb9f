import { type Refused, refused } from '../contract/error-codes.ts';
import { allows, allowsOnJob, type Caller, EVERY_PROJECT, projectsOf, sees } from './caller.ts';
import type { Permission } from './permissions.ts';

/**
 * The answer for an id that names no job, and for a job that the caller may not see: without the id,
 * so that nobody can tell the two apart.
 */
export const JOB_NOT_FOUND: Refused = refused('JobNotFound', 'There is no job of this id that you may see.');

/** The same for schedules. */
export const SCHEDULE_NOT_FOUND: Refused = refused(
  'ScheduleNotFound',
  'There is no schedule of this id that you may see.',
);

/**
 * Null when the caller may do it in the project. Nothing is read to say so: a project in which somebody
 * has no role answers them the same whether or not anybody else uses it.
 *
 * @param also a permission that is needed beside the first
 */
export function refusedInProject(
  caller: Caller,
  permission: Permission,
  project: string,
  also: Permission = permission,
): Refused | null {
  const missing = [permission, also].find((needed) => !allows(caller, needed, project));
  return missing === undefined ? null : forbidden(missing, project);
}

/** Null when the caller may do it in the project at least to jobs of their own. */
export function refusedToSome(caller: Caller, permission: Permission, project: string): Refused | null {
  return allowsOnJob(caller, permission, { project, owner: caller.user })
    ? null
    : forbidden(permission, project);
}

/** Null when the caller may do it to the job; {@link JOB_NOT_FOUND} when they may not even see it. */
export function refusedOnJob(
  caller: Caller,
  permission: Permission,
  job: { readonly project: string; readonly owner: string },
): Refused | null {
  if (!sees(caller, job.project)) return JOB_NOT_FOUND;
  return allowsOnJob(caller, permission, job) ? null : forbidden(permission, job.project);
}

/** The project that a request means: the one it names, else the only one the caller has a role in. */
export function projectMeant(
  caller: Caller,
  named: string | undefined,
): { readonly ok: true; readonly project: string } | Refused {
  if (named !== undefined) return { ok: true, project: named };
  const [project, ...others] = projectsOf(caller);
  if (project !== undefined && project !== EVERY_PROJECT && others.length === 0) return { ok: true, project };
  const why =
    project === undefined ? 'You have a role in no project' : 'You have roles in more than one project';
  return refused('ProjectRequired', `${why}: say which is meant by 'project'.`);
}

function forbidden(permission: Permission, project: string): Refused {
  return refused('Forbidden', `This needs the permission ${permission} in project ${project}.`);
}
