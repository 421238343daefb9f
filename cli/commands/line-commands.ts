import { queueListSchema } from '../../core/contract/api/list-queues.ts';
import { lockListSchema, resourceListSchema } from '../../core/contract/api/list-semaphores.ts';
import { putResourceBodySchema } from '../../core/contract/api/put-resource.ts';
import { queueShapeSchema } from '../../core/contract/api/queue-shape.ts';
import { resourceShapeSchema } from '../../core/contract/api/semaphore-shape.ts';
import {
  type Command,
  choice,
  command,
  flag,
  request,
  requiredText,
  requiredWholeNumber,
  text,
  wholeNumber,
} from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { renderLocks, renderQueues, renderResources } from '../render/lines.ts';
import { show } from '../show.ts';
import { allPages } from './all-pages.ts';

const scope = choice(
  putResourceBodySchema.shape.scope.unwrap().options,
  'of the project, which is the default, or of all projects',
);

const queueList = request({
  name: 'queue list',
  summary: 'List queues; with a name, who holds its slots and who waits',
  calls: 'list-queues',
  examples: ['jobplane queue list', 'jobplane queue list --name nightly'],
  arguments: {},
  options: { name: text('name', 'this one, with its lines') },
  request: ({ name }, project) => ({ query: { project, name } }),
  answer: queueListSchema,
  render: ({ items }, style) => renderQueues(items, style),
});

const queuePut = request({
  name: 'queue put',
  summary: 'Make a queue, or set its limits: what is left out is taken away',
  calls: 'put-queue',
  examples: [
    'jobplane queue put nightly --max-running 4',
    'jobplane queue put nightly --max-running 4 --paused',
  ],
  arguments: { name: requiredText('name', 'the queue') },
  options: {
    maxRunning: wholeNumber('count', 'jobs that run at once'),
    maxAdmitted: wholeNumber('count', 'jobs that are admitted at once'),
    paused: flag('starts nothing; what runs goes on'),
    draining: flag('takes no new jobs'),
  },
  request: ({ name, ...limits }, project) => ({ path: { name }, body: { project, ...limits } }),
  answer: queueShapeSchema,
  render: (queue, style) => renderQueues([queue], style),
});

const resourceList = command({
  name: 'resource list',
  summary: 'List resources; with a name, who holds units and who waits',
  calls: ['list-resources'],
  examples: ['jobplane resource list --scope global', 'jobplane resource list --name transcoder'],
  arguments: {},
  options: { name: text('name', 'this one, with its line'), scope, all: flag('all pages') },
  async run({ all, ...query }, context) {
    const project = await context.project();
    const { body, value } = await allPages(context, resourceListSchema, all, (cursor) => ({
      route: 'list-resources',
      query: { project, ...query, ...cursor },
    }));
    show(context, body, () => renderResources(value.items, context.style));
    return EXIT.ok;
  },
});

const resourcePut = request({
  name: 'resource put',
  summary: 'Make a resource, or set how much there is of it',
  calls: 'put-resource',
  examples: ['jobplane resource put transcoder 5'],
  arguments: {
    name: requiredText('name', 'the resource'),
    capacity: requiredWholeNumber('units', 'how many units jobs may hold at once'),
  },
  options: { scope, paused: flag('grants nothing; what is held stays held') },
  request: (input, project) => ({ body: { project, ...input } }),
  answer: resourceShapeSchema,
  render: (resource, style) => renderResources([resource], style),
});

const lockList = command({
  name: 'lock list',
  summary: 'List locks; with a name, who holds it and who waits',
  calls: ['list-locks'],
  examples: ['jobplane lock list --name site/docs'],
  arguments: {},
  options: { name: text('name', 'this one, with its line'), scope, all: flag('all pages') },
  async run({ all, ...query }, context) {
    const project = await context.project();
    const { body, value } = await allPages(context, lockListSchema, all, (cursor) => ({
      route: 'list-locks',
      query: { project, ...query, ...cursor },
    }));
    show(context, body, () => renderLocks(value.items, context.style));
    return EXIT.ok;
  },
});

const lockRelease = command({
  name: 'lock release',
  summary: 'Take a lock from a job that is stuck',
  calls: ['release-lock'],
  examples: ['jobplane lock release site/docs $ID --reason "its worker is gone"'],
  arguments: {
    name: requiredText('name', 'the lock'),
    jobId: requiredText('id', 'the job that is to lose it'),
  },
  options: { scope, reason: requiredText('text', "why, kept in the job's journal") },
  async run(input, context) {
    const project = await context.project();
    const api = await context.api();
    const { body } = await api.askUnread({ route: 'release-lock', body: { project, ...input } });
    show(context, body, () => `Job ${input.jobId} no longer holds ${input.name}.`);
    return EXIT.ok;
  },
});

/** What jobs wait in line for. */
export const LINE_COMMANDS: readonly Command[] = [
  queueList,
  queuePut,
  resourceList,
  resourcePut,
  lockList,
  lockRelease,
];
