import type { Permission } from '../../core/access/permissions.ts';

interface Address {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: `/${string}`;
}

/** What infrastructure makes a route from, and what its function checks. */
export interface GuardedRoute extends Address {
  /** What a caller needs in the job's project, or in the one that the request means. */
  readonly permission: Permission;
  /** What a caller needs beside it. */
  readonly also?: Permission;
  /** What suffices for the owner of the job; left out: the same. */
  readonly ofOwner?: Permission;
}

/** A route for everybody, without a token: what it answers is the same to all and holds no secret. */
export interface PublicRoute extends Address {
  readonly public: true;
}

export type Route = GuardedRoute | PublicRoute;

/** Every route, by the name of its entry: `submit-job` is served by `submit-job.lambda.ts` beside this file. */
export const ROUTES = {
  'get-open-api': { method: 'GET', path: '/openapi.json', public: true },
  'submit-job': { method: 'POST', path: '/jobs', permission: 'job.create' },
  // Asked of each job's project by itself.
  'submit-batch': { method: 'POST', path: '/jobs/batch', permission: 'job.create' },
  'list-jobs': { method: 'GET', path: '/jobs', permission: 'job.view_monitor' },
  'get-job': { method: 'GET', path: '/jobs/{id}', permission: 'job.view_monitor' },
  'read-journal': { method: 'GET', path: '/jobs/{id}/log', permission: 'job.view_monitor' },
  'list-ops': { method: 'GET', path: '/jobs/{id}/ops', permission: 'job.view_monitor' },
  'list-children': { method: 'GET', path: '/jobs/{id}/children', permission: 'job.view_monitor' },
  'explain-job': { method: 'GET', path: '/jobs/{id}/why', permission: 'job.view_monitor' },
  'list-actions': { method: 'GET', path: '/actions', permission: 'job.view_monitor' },
  'cancel-job': { method: 'POST', path: '/jobs/{id}/cancel', permission: 'job.cancel' },
  'confirm-job': {
    method: 'POST',
    path: '/jobs/{id}/confirm',
    permission: 'job.operate',
    ofOwner: 'job.view_monitor',
  },
  // Who may decide about an approval is the job's own to say, and of job.approve_all.
  'approve-job': { method: 'POST', path: '/jobs/{id}/approve', permission: 'job.view_monitor' },
  'reject-job': { method: 'POST', path: '/jobs/{id}/reject', permission: 'job.view_monitor' },
  'reschedule-job': { method: 'POST', path: '/jobs/{id}/reschedule', permission: 'job.operate' },
  'rerun-job': { method: 'POST', path: '/jobs/{id}/rerun', permission: 'job.restart' },
  'roll-back-job': { method: 'POST', path: '/jobs/{id}/rollback', permission: 'job.restart' },
  'pause-job': { method: 'POST', path: '/jobs/{id}/pause', permission: 'job.operate' },
  'resume-job': { method: 'POST', path: '/jobs/{id}/resume', permission: 'job.operate' },
  'answer-trap': { method: 'POST', path: '/jobs/{id}/trap', permission: 'job.operate' },
  'change-priority': { method: 'POST', path: '/jobs/{id}/priority', permission: 'job.operate' },
  'add-note': { method: 'POST', path: '/jobs/{id}/note', permission: 'job.view_monitor' },
  'delete-job': { method: 'DELETE', path: '/jobs/{id}', permission: 'job.delete' },
  'complete-op': { method: 'POST', path: '/jobs/{id}/ops/{index}/complete', permission: 'job.work' },
  'fail-op': { method: 'POST', path: '/jobs/{id}/ops/{index}/fail', permission: 'job.work' },
  'heartbeat-op': { method: 'POST', path: '/jobs/{id}/ops/{index}/heartbeat', permission: 'job.work' },
  'log-op': { method: 'POST', path: '/jobs/{id}/ops/{index}/log', permission: 'job.work' },
  // Asked of each job of the session by itself.
  'get-session': {
    method: 'GET',
    path: '/sessions/{session}',
    permission: 'job.operate',
    ofOwner: 'job.view_monitor',
  },
  'close-session': {
    method: 'DELETE',
    path: '/sessions/{session}',
    permission: 'job.operate',
    ofOwner: 'job.view_monitor',
  },
  'list-queues': { method: 'GET', path: '/queues', permission: 'job.view_monitor' },
  // Greedy: API Gateway decodes a path before it matches it, so the slashes of a name look like any other.
  'put-queue': { method: 'PUT', path: '/queues/{name+}', permission: 'queue.admin' },
  'list-resources': { method: 'GET', path: '/resources', permission: 'job.view_monitor' },
  'put-resource': { method: 'PUT', path: '/resources', permission: 'queue.admin' },
  'list-locks': { method: 'GET', path: '/locks', permission: 'job.view_monitor' },
  'release-lock': { method: 'POST', path: '/locks/release', permission: 'lock.release' },
  'list-schedules': { method: 'GET', path: '/schedules', permission: 'job.view_monitor' },
  // A schedule submits jobs, so whoever sets one needs both.
  'create-schedule': { method: 'POST', path: '/schedules', permission: 'job.operate', also: 'job.create' },
  'get-schedule': { method: 'GET', path: '/schedules/{id}', permission: 'job.view_monitor' },
  'edit-schedule': { method: 'PUT', path: '/schedules/{id}', permission: 'job.operate', also: 'job.create' },
  'delete-schedule': {
    method: 'DELETE',
    path: '/schedules/{id}',
    permission: 'job.operate',
    also: 'job.create',
  },
  'run-schedule-now': {
    method: 'POST',
    path: '/schedules/{id}/run',
    permission: 'job.operate',
    also: 'job.create',
  },
  // Each action needs its own, on each job by itself (core/access/bulk-permissions.ts).
  bulk: { method: 'POST', path: '/bulk', permission: 'job.view_monitor' },
  republish: { method: 'POST', path: '/republish', permission: 'job.operate' },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;

type PublicRouteName = {
  [Name in RouteName]: (typeof ROUTES)[Name] extends PublicRoute ? Name : never;
}[RouteName];

export type GuardedRouteName = Exclude<RouteName, PublicRouteName>;

export function isGuarded(name: RouteName): name is GuardedRouteName {
  return !('public' in ROUTES[name]);
}
