import { GRANTS, isRole, type Permission, type Role } from './permissions.ts';

/** Who asks, as the verified token says. */
export interface Caller {
  readonly user: string;
  /** `project:name` or `*:name`. A name that is a role permits what the role does; any other is a plain group. */
  readonly groups: readonly string[];
}

/** Stands for every project in a group. No project can have this name. */
export const EVERY_PROJECT = '*';

/** Whether a role of the caller permits it in the project, whoever owns what it is done to. */
export function allows(caller: Caller, permission: Permission, project: string): boolean {
  return rolesIn(caller, project).some((role) => GRANTS[role].always.includes(permission));
}

/** Whether the caller may do it to this job: the owner may do more to their own. */
export function allowsOnJob(
  caller: Caller,
  permission: Permission,
  job: { readonly project: string; readonly owner: string },
): boolean {
  if (allows(caller, permission, job.project)) return true;
  if (job.owner !== caller.user) return false;
  return rolesIn(caller, job.project).some((role) => GRANTS[role].onOwnJobs.includes(permission));
}

/** Whether the caller may see anything of the project: to others its jobs do not exist. */
export function sees(caller: Caller, project: string): boolean {
  return rolesIn(caller, project).length > 0;
}

/** Groups of the caller that mean something in the project. */
export function groupsIn(caller: Caller, project: string): readonly string[] {
  return caller.groups.filter((group) => {
    const [scope] = partsOf(group);
    return scope === project || scope === EVERY_PROJECT;
  });
}

/** Projects in which the caller has a role; {@link EVERY_PROJECT} among them for a role in all. */
export function projectsOf(caller: Caller): readonly string[] {
  const projects = caller.groups.flatMap((group) => {
    const [scope, name] = partsOf(group);
    return isRole(name) ? [scope] : [];
  });
  return [...new Set(projects)];
}

function rolesIn(caller: Caller, project: string): readonly Role[] {
  return groupsIn(caller, project).flatMap((group) => {
    const [, name] = partsOf(group);
    return isRole(name) ? [name] : [];
  });
}

/** A project's name is not empty and has no colon, so the first one ends it; else a group is of no project. */
function partsOf(group: string): readonly [scope: string, name: string] {
  const colon = group.indexOf(':');
  return colon <= 0 ? ['', ''] : [group.slice(0, colon), group.slice(colon + 1)];
}
