import type { ScheduleShape } from '../../core/contract/api/schedule-shape.ts';
import { age, localTime, moment } from './moment.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { fields, table } from './table.ts';

export function renderSchedules(schedules: readonly ScheduleShape[], style: Style): string {
  if (schedules.length === 0) return 'No schedules.';
  return table(
    ['SCHEDULE', 'NAME', 'STATE', 'NEXT', 'LAST', 'EXPRESSION'],
    schedules.map(({ id, name, enabled, nextRuns: [next], lastRun, expression, timezone }) => [
      id,
      name,
      stateOf(enabled),
      next === undefined ? '' : age(next, style),
      lastRun === undefined ? '' : `${lastRun.outcome} ${age(lastRun.at, style)}`,
      `${expression} ${timezone}`,
    ]),
    style,
  );
}

/** A schedule with its next runs and what became of the last ones. */
export function renderSchedule(schedule: ScheduleShape, style: Style): string {
  const { nextRuns, lastJob, runs = [] } = schedule;
  const head = fields(
    {
      Schedule: schedule.id,
      Name: `${schedule.name} (project ${schedule.project})`,
      Expression: `${schedule.expression} ${schedule.timezone}`,
      State: stateOf(schedule.enabled),
      Overlap: schedule.overlap,
      Owner: plainText(schedule.owner),
      Version: String(schedule.version),
      'Last job': lastJob === undefined ? undefined : `${lastJob.id} (${lastJob.status})`,
    },
    style,
  );
  const next = nextRuns.map((run) => `  ${localTime(run, style)} (${age(run, style)})`);
  const rows = runs.map(({ at, outcome, trigger, jobId, message }) => [
    moment(at, style),
    trigger,
    outcome,
    jobId ?? '',
    plainText(message),
  ]);
  return [
    head,
    ...(next.length === 0 ? [] : ['Next runs:', ...next]),
    ...(rows.length === 0 ? [] : ['', table(['RUN', 'BY', 'OUTCOME', 'JOB', 'MESSAGE'], rows, style)]),
  ].join('\n');
}

function stateOf(isEnabled: boolean) {
  return isEnabled ? 'enabled' : ({ text: 'disabled', colour: 'yellow' } as const);
}
