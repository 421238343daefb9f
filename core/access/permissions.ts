/**
 * What somebody may do in a project: Clarive's six, as its monitor page lists them, and four of
 * Jobplane's own for what that page leaves to its administrators.
 */
export const PERMISSIONS = [
  'job.view_monitor',
  'job.create',
  'job.cancel',
  'job.restart',
  'job.approve_all',
  'job.delete',
  'job.operate',
  'job.work',
  'queue.admin',
  'lock.release',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = ['viewer', 'submitter', 'operator', 'worker', 'admin'] as const;

export type Role = (typeof ROLES)[number];

interface Grant {
  readonly always: readonly Permission[];
  /** Only on jobs that the caller owns. */
  readonly onOwnJobs: readonly Permission[];
}

/** What each role permits, as data: docs and the tests' matrix read it. */
export const GRANTS: Readonly<Record<Role, Grant>> = {
  viewer: { always: ['job.view_monitor'], onOwnJobs: [] },
  submitter: { always: ['job.view_monitor', 'job.create'], onOwnJobs: ['job.cancel'] },
  operator: {
    always: ['job.view_monitor', 'job.create', 'job.cancel', 'job.restart', 'job.operate'],
    onOwnJobs: [],
  },
  worker: { always: ['job.view_monitor', 'job.work'], onOwnJobs: [] },
  admin: { always: PERMISSIONS, onOwnJobs: [] },
};

export function isRole(name: string): name is Role {
  return Object.hasOwn(GRANTS, name);
}
