import { bulkDryRunSchema } from '../../core/contract/api/bulk.ts';
import { entryShapeSchema } from '../../core/contract/api/entry-shape.ts';
import { jobShapeSchema } from '../../core/contract/api/job-shape.ts';
import { actionListSchema } from '../../core/contract/api/list-actions.ts';
import { republishedSchema } from '../../core/contract/api/republish.ts';
import { rerunJobBodySchema } from '../../core/contract/api/rerun-job.ts';
import { sessionClosedSchema, sessionSchema } from '../../core/contract/api/session.ts';
import {
  type Command,
  choice,
  command,
  flag,
  request,
  requiredChoice,
  requiredText,
  requiredWholeNumber,
  text,
  wholeNumber,
} from '../command.ts';
import { confirm } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { renderEntry, renderJob, renderJobs } from '../render/job.ts';
import { table } from '../render/table.ts';
import { show } from '../show.ts';
import { FILTER } from './job-commands.ts';

const BULK_ACTIONS = ['cancel', 'rerun', 'reprioritise'] as const;

const bulk = command({
  name: 'bulk',
  summary: 'Cancel, rerun or reprioritise all jobs that match; shows them and asks first',
  calls: ['bulk'],
  examples: [
    'jobplane bulk cancel --label site:docs --reason "the site is gone"',
    'jobplane bulk rerun --status FAILED --from failedOp --yes',
    'jobplane bulk reprioritise --queue nightly --priority 10 --dry-run',
  ],
  arguments: { action: requiredChoice(BULK_ACTIONS, 'what is done to them') },
  options: {
    ...FILTER,
    dryRun: flag('only show them'),
    yes: flag('do not ask'),
    reason: text('text', 'of cancel: why'),
    onlyIfQueued: flag('of cancel: leave those that have started'),
    force: flag('of cancel: end them first and undo nothing'),
    noRollback: flag('of cancel: stop them and undo nothing'),
    from: choice(rerunJobBodySchema.shape.from.unwrap().options, 'of rerun: where they begin'),
    runNow: flag('of rerun: RUN does not wait for its date'),
    comment: text('text', 'of rerun: what you say to it'),
    priority: wholeNumber('priority', 'of reprioritise: -20, most urgent, to 19'),
  },
  async run({ action, dryRun, yes, ...options }, context) {
    const { class: ofClass, status, queue, owner, label, since, ...rest } = options;
    const filter = { class: ofClass, status, queue, owner, ...(label.length === 0 ? {} : { label }), since };
    const project = await context.project();
    const body = { action, project, filter, ...bodyOf(action, rest) };
    const api = await context.api();
    const dry = await api.ask({ route: 'bulk', body: { ...body, dryRun: true } }, bulkDryRunSchema);
    const { matched, more, items } = dry.value;
    const count = `${matched}${more ? ' or more' : ''}`;
    const shown = () => `${renderJobs(items, context.style)}\n\n${count} jobs match.`;
    if (dryRun || matched === 0) {
      show(context, dry.body, shown);
      return EXIT.ok;
    }
    if (!yes) context.terminal.stderr.write(`${shown()}\n`);
    await confirm(context, `${action} ${count} jobs?`, yes);
    const begun = await api.ask({ route: 'bulk', body }, jobShapeSchema);
    show(context, begun.body, () => renderJob(begun.value, context.style));
    return EXIT.ok;
  },
});

interface BulkOptions {
  readonly reason?: string | undefined;
  readonly onlyIfQueued: boolean;
  readonly force: boolean;
  readonly noRollback: boolean;
  readonly from?: string | undefined;
  readonly runNow: boolean;
  readonly comment?: string | undefined;
  readonly priority?: number | undefined;
}

/** What goes with another action is refused, and not passed over. */
function bodyOf(action: (typeof BULK_ACTIONS)[number], options: BulkOptions): object {
  const { reason, onlyIfQueued, force, noRollback, from, runNow, comment, priority } = options;
  const of = {
    cancel: {
      reason,
      onlyIfQueued: onlyIfQueued || undefined,
      force: force || undefined,
      rollback: noRollback ? false : undefined,
    },
    rerun: { from, runNow: runNow || undefined, comment },
    reprioritise: { priority },
  };
  const others = BULK_ACTIONS.filter((other) => other !== action);
  const misplaced = others.flatMap((other) =>
    Object.values(of[other]).some((value) => value !== undefined) ? [other] : [],
  );
  if (misplaced.length === 0) return of[action];
  throw new Failure(`An option goes with ${misplaced.join(' and ')}, and not with ${action}.`, {
    exitCode: EXIT.usage,
    advice: 'See jobplane bulk --help.',
  });
}

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

const session = requiredText('session', "the session's id");

const sessionShow = request({
  name: 'session show',
  summary: 'Show the jobs of a session that have not ended',
  calls: 'get-session',
  examples: ['jobplane session show $SESSION'],
  arguments: { session },
  options: {},
  request: ({ session }) => ({ path: { session } }),
  answer: sessionSchema,
  render: ({ live, items }, style) => `${live} live jobs\n\n${renderJobs(items, style)}`,
});

const sessionLogout = command({
  name: 'session logout',
  summary: 'Cancel what is left of a session; says how many jobs are live and asks first',
  calls: ['get-session', 'close-session'],
  examples: ['jobplane session logout $SESSION'],
  arguments: { session },
  options: { yes: flag('do not ask') },
  async run({ session, yes }, context) {
    const api = await context.api();
    const path = { session };
    const { value } = await api.ask({ route: 'get-session', path }, sessionSchema);
    if (value.live > 0)
      await confirm(context, `${value.live} jobs are live and will be canceled. Log out?`, yes);
    const { body, value: closed } = await api.ask({ route: 'close-session', path }, sessionClosedSchema);
    const { canceled, canceling, refused, left } = closed;
    show(
      context,
      body,
      () => `${canceled} canceled, ${canceling} being canceled, ${refused} end already, ${left} left`,
    );
    return left === 0 ? EXIT.ok : EXIT.unsuccessful;
  },
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

const theOp = {
  id: requiredText('id', "the job's id"),
  index: requiredText('index', 'of the op, from 0'),
};

const theTry = {
  attempt: requiredWholeNumber('number', "the job's attempt that the worker was given"),
  try: requiredWholeNumber('number', "the op's try that the worker was given"),
};

const opComplete = command({
  name: 'op complete',
  summary: 'As a worker: an op is done',
  calls: ['complete-op'],
  examples: [`jobplane op complete $ID 0 --attempt 1 --try 1 --result '{"slot": 12}'`],
  arguments: theOp,
  options: { ...theTry, result: text('json', 'what later ops may use') },
  async run({ id, index, result, ...theTry }, context) {
    const path = { id, index };
    const body = { ...theTry, ...(result === undefined ? {} : { result: jsonOf(result) }) };
    const answer = await (await context.api()).askUnread({ route: 'complete-op', path, body });
    show(context, answer.body, () => `Op ${index} of job ${id} is done.`);
    return EXIT.ok;
  },
});

const opFail = command({
  name: 'op fail',
  summary: 'As a worker: an op has failed',
  calls: ['fail-op'],
  examples: ['jobplane op fail $ID 0 --attempt 1 --try 1 --code DiskFull --message "no space left"'],
  arguments: theOp,
  options: {
    ...theTry,
    code: requiredText('code', 'the name of the error'),
    message: requiredText('text', 'what happened'),
    detail: text('json', 'more about it'),
  },
  async run({ id, index, code, message, detail, ...theTry }, context) {
    const path = { id, index };
    const error = { code, message, ...(detail === undefined ? {} : { detail: jsonOf(detail) }) };
    const api = await context.api();
    const answer = await api.askUnread({ route: 'fail-op', path, body: { ...theTry, error } });
    show(context, answer.body, () => `Op ${index} of job ${id} has failed.`);
    return EXIT.ok;
  },
});

const opHeartbeat = command({
  name: 'op heartbeat',
  summary: 'As a worker: work on an op goes on',
  calls: ['heartbeat-op'],
  examples: ['jobplane op heartbeat $ID 0 --attempt 1 --try 1'],
  arguments: theOp,
  options: theTry,
  async run({ id, index, ...body }, context) {
    const api = await context.api();
    const answer = await api.askUnread({ route: 'heartbeat-op', path: { id, index }, body });
    show(context, answer.body, () => 'Noted.');
    return EXIT.ok;
  },
});

const opLog = request({
  name: 'op log',
  summary: "As a worker: write into the job's journal",
  calls: 'log-op',
  examples: ['jobplane op log $ID 0 "half of it is done" --attempt 1 --try 1'],
  arguments: { ...theOp, message: requiredText('text', 'what happens') },
  options: theTry,
  request: ({ id, index, ...body }) => ({ path: { id, index }, body }),
  answer: entryShapeSchema,
  render: renderEntry,
});

/** What concerns many jobs, none, or a worker. */
export const OTHER_COMMANDS: readonly Command[] = [
  bulk,
  actions,
  sessionShow,
  sessionLogout,
  republish,
  opComplete,
  opFail,
  opHeartbeat,
  opLog,
];

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${text} is no JSON: ${error instanceof Error ? error.message : String(error)}`, {
      exitCode: EXIT.usage,
    });
  }
}
