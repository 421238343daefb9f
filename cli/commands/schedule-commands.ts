import { jobShapeSchema } from '../../core/contract/api/job-shape.ts';
import { scheduleShapeSchema } from '../../core/contract/api/schedule-shape.ts';
import { scheduleListSchema } from '../../core/contract/api/schedules.ts';
import { type Command, command, flag, request, requiredText, wholeNumber } from '../command.ts';
import { confirm } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { renderJob } from '../render/job.ts';
import { renderSchedule, renderSchedules } from '../render/schedules.ts';
import { show } from '../show.ts';
import { readSpecification } from '../specification-file.ts';
import { allPages } from './all-pages.ts';

const id = requiredText('id', "the schedule's id");
const file = requiredText('file', 'the schedule in JSON or YAML, - for standard input');

const list = command({
  name: 'schedule list',
  summary: 'List schedules',
  calls: ['list-schedules'],
  examples: ['jobplane schedule list'],
  arguments: {},
  options: { all: flag('all pages') },
  async run({ all }, context) {
    const project = await context.project();
    const { body, value } = await allPages(context, scheduleListSchema, all, (cursor) => ({
      route: 'list-schedules',
      query: { project, ...cursor },
    }));
    show(context, body, () => renderSchedules(value.items, context.style));
    return EXIT.ok;
  },
});

const get = request({
  name: 'schedule get',
  summary: 'Show a schedule, its next runs and what became of the last',
  calls: 'get-schedule',
  examples: ['jobplane schedule get $SCHEDULE'],
  arguments: { id },
  options: {},
  request: ({ id }) => ({ path: { id } }),
  answer: scheduleShapeSchema,
  render: renderSchedule,
});

const create = command({
  name: 'schedule create',
  summary: 'Make a schedule',
  calls: ['create-schedule'],
  examples: ['jobplane schedule create nightly.yaml'],
  arguments: { file },
  options: {},
  async run({ file }, context) {
    const settings = settingsOf(await readSpecification(file, context.terminal));
    const project = await context.project();
    const api = await context.api();
    const body = { ...(project === undefined ? {} : { project }), ...settings };
    const answer = await api.ask({ route: 'create-schedule', body }, scheduleShapeSchema);
    show(context, answer.body, () => renderSchedule(answer.value, context.style));
    return EXIT.ok;
  },
});

const edit = command({
  name: 'schedule edit',
  summary: 'Set a schedule anew: what is left out gets its default',
  calls: ['edit-schedule'],
  examples: ['jobplane schedule edit $SCHEDULE nightly.yaml --if-version 3'],
  arguments: { id, file },
  options: { ifVersion: wholeNumber('number', 'refuse if somebody has edited it since this version') },
  async run({ id, file, ifVersion }, context) {
    const settings = settingsOf(await readSpecification(file, context.terminal));
    const api = await context.api();
    const body = { ...settings, ...(ifVersion === undefined ? {} : { version: ifVersion }) };
    const answer = await api.ask({ route: 'edit-schedule', path: { id }, body }, scheduleShapeSchema);
    show(context, answer.body, () => renderSchedule(answer.value, context.style));
    return EXIT.ok;
  },
});

const remove = command({
  name: 'schedule delete',
  summary: 'Delete a schedule; the jobs that it made stay',
  calls: ['delete-schedule'],
  examples: ['jobplane schedule delete $SCHEDULE'],
  arguments: { id },
  options: { yes: flag('do not ask') },
  async run({ id, yes }, context) {
    await confirm(context, `Delete schedule ${id}?`, yes);
    const { body } = await (await context.api()).askUnread({ route: 'delete-schedule', path: { id } });
    show(context, body, () => `Schedule ${id} is deleted.`);
    return EXIT.ok;
  },
});

const run = request({
  name: 'schedule run',
  summary: 'Run a schedule now',
  calls: 'run-schedule-now',
  examples: ['jobplane schedule run $SCHEDULE'],
  arguments: { id },
  options: {},
  request: ({ id }) => ({ path: { id } }),
  answer: jobShapeSchema,
  render: renderJob,
});

/** Jobs that are made again and again. */
export const SCHEDULE_COMMANDS: readonly Command[] = [list, get, create, edit, remove, run];

/** Whatever it is, the API says what is wrong with it. */
function settingsOf(specification: unknown): object {
  return typeof specification === 'object' && specification !== null ? specification : {};
}
