import { projectMeant, refusedInProject } from '../../core/access/authorize.ts';
import type { Caller } from '../../core/access/caller.ts';
import type { Surroundings } from '../../core/ports/surroundings.ts';
import type { GuardedRoute } from '../api/routes.ts';
import type { HttpEvent } from './http-event.ts';
import { type Answer, httpRoute } from './http-route.ts';
import { type ParsedRequest, parseRequest, type RequestSchemas } from './parse-request.ts';

/** A request in a project in which its caller may do this. */
export interface ProjectRequest<Params, Query, Body> extends Omit<ParsedRequest<Params, Query, Body>, 'ok'> {
  readonly event: HttpEvent;
  readonly caller: Caller;
  readonly project: string;
}

/** A route outside `/jobs/{id}`: its request names the project, or the caller has a role in one only. */
export function projectRoute<Params, Query, Body>(
  deps: { readonly surroundings: Surroundings },
  declared: GuardedRoute &
    RequestSchemas<Params, Query, Body> & {
      readonly projectOf: (request: {
        readonly caller: Caller;
        readonly query: Query;
        readonly body: Body;
      }) => string | undefined;
      readonly handle: (request: ProjectRequest<Params, Query, Body>) => Promise<Answer>;
    },
) {
  return httpRoute(deps, declared, async ({ event, caller }) => {
    const parsed = parseRequest(event, declared);
    if (!parsed.ok) return parsed;
    const meant = projectMeant(caller, declared.projectOf({ ...parsed, caller }));
    if (!meant.ok) return meant;
    const refusal = refusedInProject(caller, declared.permission, meant.project, declared.also);
    return refusal ?? declared.handle({ ...parsed, event, caller, project: meant.project });
  });
}
