import { actionListSchema } from '../../core/contract/api/list-actions.ts';
import { republishedSchema } from '../../core/contract/api/republish.ts';
import { type Command, command, request, text } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../render/table.ts';
import { show } from '../show.ts';

const actions = request({
  name: 'action list',
  summary: 'List the actions that jobs may name',
  calls: 'list-actions',
  examples: ['jobplane action list'],
  arguments: {},
  options: {},
  request: (_input, project) => ({ query: { project } }),
  answer: actionListSchema,
  render: ({ items }, style) =>
    table(
      ['ACTION', 'KIND'],
      items.map(({ name, kind }) => [name, kind]),
      style,
    ),
});

const republish = command({
  name: 'republish',
  summary: 'Send the events of a job, or of a time, to the bus again',
  calls: ['republish'],
  examples: [
    'jobplane republish --job $ID',
    'jobplane republish --from 2026-12-01T00:00:00Z --to 2026-12-01T06:00:00Z',
  ],
  arguments: {},
  options: {
    job: text('id', 'of this job'),
    from: text('time', 'from this time on, as ISO 8601 with its zone'),
    to: text('time', 'up to this time'),
  },
  async run({ job: jobId, from, to }, context) {
    const project = await context.project();
    const api = await context.api();
    let republished = 0;
    let cursor: string | undefined;
    do {
      const body = { project, jobId, from, to, cursor };
      const { value } = await api.ask({ route: 'republish', body }, republishedSchema);
      republished += value.republished;
      cursor = value.cursor;
    } while (cursor !== undefined);
    show(context, { republished }, () => `${republished} events were sent again.`);
    return EXIT.ok;
  },
});

/** What the deployment offers, and what it has said. */
export const DEPLOYMENT_COMMANDS: readonly Command[] = [actions, republish];
