import type { Instant } from '../job/instant.ts';
import type { RecurringCalls } from '../ports/recurring-schedules.ts';
import { parseExpression } from './expression.ts';
import { runsAfter } from './next-runs.ts';
import type { Schedule } from './schedule.ts';

/**
 * What the Scheduler is told of a schedule now. The steps of a rate go on from where they are, since they
 * are counted from a run that is still to come; the Scheduler takes no start that is long past.
 */
export function callsOf(schedule: Schedule, now: Instant): RecurringCalls {
  const { id, version, expression, timezone, enabled } = schedule;
  const read = parseExpression(expression);
  const [startsAt] = read.ok && read.value.kind === 'rate' ? runsAfter(schedule, now, 1) : [];
  return { id, version, expression, timezone, enabled, ...(startsAt === undefined ? {} : { startsAt }) };
}
