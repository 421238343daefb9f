import type { Instant } from '../job/instant.ts';
import { type Cron, daysIn } from './cron.ts';
import { parseExpression } from './expression.ts';
import { instantOfWall, type WallTime, wallTimeOf } from './time-zone.ts';

/** What the runs of a schedule follow from. */
export interface Timing {
  readonly expression: string;
  readonly timezone: string;
  /** Runs come after it: of a rate the first one step later, of a cron the first that fits. A whole minute. */
  readonly startAt: Instant;
}

/**
 * The next runs after a moment, at most `limit`; fewer where the expression has no more.
 *
 * As EventBridge Scheduler has it: a cron time that does not exist since the clocks are put forward is
 * skipped, one that comes twice since they are put back runs once, and a rate counts hours and days of
 * the clock that nobody puts forward or back
 * (docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time).
 */
export function runsAfter(timing: Timing, after: Instant, limit: number): readonly Instant[] {
  const expression = parseExpression(timing.expression);
  if (!expression.ok) throw new Error(`a stored expression cannot be read: ${expression.problem}`);
  return expression.value.kind === 'rate'
    ? stepsAfter(timing, expression.value.everyMs, after, limit)
    : timesAfter(timing, expression.value.cron, after, limit);
}

/** Whether a run is to come at this moment. */
export function isRunTime(timing: Timing, at: Instant): boolean {
  return runsAfter(timing, at - 1, 1)[0] === at;
}

function stepsAfter({ startAt }: Timing, everyMs: number, after: Instant, limit: number): readonly Instant[] {
  const first = Math.max(1, Math.floor((after - startAt) / everyMs) + 1);
  return Array.from({ length: limit }, (_, position) => startAt + (first + position) * everyMs);
}

function timesAfter(
  { timezone, startAt }: Timing,
  cron: Cron,
  after: Instant,
  limit: number,
): readonly Instant[] {
  const from = Math.max(after, startAt - 1);
  const runs: Instant[] = [];
  for (const wall of wallTimesAfter(cron, wallTimeOf(from, timezone))) {
    const at = instantOfWall(wall, timezone);
    // In an hour that comes twice, the clock shows again what has run already.
    if (at === null || at <= from) continue;
    if (runs.push(at) === limit) break;
  }
  return runs;
}

function* wallTimesAfter(cron: Cron, after: WallTime): Generator<WallTime> {
  const start = new Date(after);
  const firstDay = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate());
  for (const year of cron.years) {
    if (year < start.getUTCFullYear()) continue;
    for (const month of cron.months) {
      for (let day = 1; day <= daysIn({ year, month }); day += 1) {
        if (Date.UTC(year, month - 1, day) < firstDay || !cron.isDay({ year, month, day })) continue;
        yield* timesOf(cron, { year, month, day }, after);
      }
    }
  }
}

function* timesOf(
  { hours, minutes }: Cron,
  { year, month, day }: { readonly year: number; readonly month: number; readonly day: number },
  after: WallTime,
): Generator<WallTime> {
  for (const hour of hours) {
    for (const minute of minutes) {
      const wall = Date.UTC(year, month - 1, day, hour, minute);
      if (wall > after) yield wall;
    }
  }
}
