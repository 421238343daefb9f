import { refusedInProject, SCHEDULE_NOT_FOUND } from '../../core/access/authorize.ts';
import { type Caller, sees } from '../../core/access/caller.ts';
import type { Refused } from '../../core/contract/error-codes.ts';
import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import { type Schedule, scheduleIdSchema } from '../../core/schedule/schedule.ts';
import type { GuardedRoute } from '../api/routes.ts';
import { pathParametersOf } from './http-event.ts';
import { type Answer, httpRoute } from './http-route.ts';
import { logger } from './logger.ts';
import { type ParsedRequest, parseRequest, type RequestSchemas } from './parse-request.ts';

/** A request about a schedule that its caller may ask this of. */
export interface ScheduleRequest<Body> extends Pick<ParsedRequest<never, never, Body>, 'body'> {
  readonly caller: Caller;
  /** As it was when the request came; commands read it again when they decide. */
  readonly schedule: Schedule;
}

/**
 * A route below `/schedules/{id}`. As with jobs, the schedule comes before everything else of the
 * request: to a caller who may not see it, it answers as an id that does not exist.
 */
export function scheduleRoute<Params, Query, Body>(
  deps: Pick<ScheduleDeps, 'scheduleStore' | 'surroundings'>,
  declared: GuardedRoute &
    RequestSchemas<Params, Query, Body> & {
      readonly handle: (request: ScheduleRequest<Body>) => Promise<Answer>;
    },
) {
  return httpRoute(deps, declared, async ({ event, caller }) => {
    const found = await permittedSchedule(deps, caller, declared, pathParametersOf(event)['id']);
    if (!found.ok) return found;
    logger.appendKeys({ scheduleId: found.schedule.id });
    const parsed = parseRequest(event, declared);
    if (!parsed.ok) return parsed;
    const answered = await declared.handle({ body: parsed.body, caller, schedule: found.schedule });
    // A schedule that was removed meanwhile is like any other that is not there.
    const isGone = 'refusal' in answered && answered.refusal.code === 'ScheduleNotFound';
    return isGone ? SCHEDULE_NOT_FOUND : answered;
  });
}

/** Its project never changes, so what is found now holds when the command is decided. */
async function permittedSchedule(
  { scheduleStore }: Pick<ScheduleDeps, 'scheduleStore'>,
  caller: Caller,
  { permission, also }: Pick<GuardedRoute, 'permission' | 'also'>,
  named: string | undefined,
): Promise<{ readonly ok: true; readonly schedule: Schedule } | Refused> {
  const id = scheduleIdSchema.safeParse(named);
  const schedule = id.success ? await scheduleStore.readSchedule(id.data) : null;
  if (schedule === null || schedule.removed || !sees(caller, schedule.project)) return SCHEDULE_NOT_FOUND;
  return refusedInProject(caller, permission, schedule.project, also) ?? { ok: true, schedule };
}
