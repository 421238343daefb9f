import { JOB_NOT_FOUND } from '../../core/access/authorize.ts';
import type { Caller } from '../../core/access/caller.ts';
import type { Permission } from '../../core/access/permissions.ts';
import type { Job } from '../../core/job/job.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { GuardedRoute } from '../api/routes.ts';
import { pathParametersOf } from './http-event.ts';
import { type Answer, httpRoute } from './http-route.ts';
import { logger } from './logger.ts';
import { type ParsedRequest, parseRequest, type RequestSchemas } from './parse-request.ts';
import { type Needed, permittedJob } from './permitted-job.ts';

/** A request about a job that its caller may ask this of. */
export interface JobRequest<Params, Query, Body> extends Omit<ParsedRequest<Params, Query, Body>, 'ok'> {
  readonly caller: Caller;
  /** As it was when the request came; commands read it again when they decide. */
  readonly job: Job;
}

type PathParameters = Readonly<Record<string, string | undefined>>;

/**
 * A route below `/jobs/{id}`. The job comes before everything else of the request: to a caller who
 * may not see it, whatever they send, it answers as an id that does not exist.
 */
export function jobRoute<Params, Query, Body>(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  declared: GuardedRoute &
    RequestSchemas<Params, Query, Body> & {
      /** What it needs, where that depends on what the path names. */
      readonly permissionOf?: (job: Job, path: PathParameters) => Promise<Permission>;
      readonly handle: (request: JobRequest<Params, Query, Body>) => Promise<Answer>;
    },
) {
  return httpRoute(deps, declared, async ({ event, caller }) => {
    const path = pathParametersOf(event);
    const { permission, ofOwner, permissionOf } = declared;
    const needed: Needed = {
      permission,
      ...(ofOwner === undefined ? {} : { ofOwner }),
      ...(permissionOf === undefined ? {} : { permissionOf: (job) => permissionOf(job, path) }),
    };
    const found = await permittedJob(deps, caller, needed, path['id']);
    if (!found.ok) return found;
    logger.appendKeys({ jobId: found.job.id });
    const parsed = parseRequest(event, declared);
    if (!parsed.ok) return parsed;
    const answered = await declared.handle({ ...parsed, caller, job: found.job });
    // A job that was deleted meanwhile is like any other that is not there.
    return 'refusal' in answered && answered.refusal.code === 'JobNotFound' ? JOB_NOT_FOUND : answered;
  });
}
