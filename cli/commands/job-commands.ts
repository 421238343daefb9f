import { randomUUID } from 'node:crypto';
import { answerTrapBodySchema } from '../../core/contract/api/answer-trap.ts';
import { canceledSchema } from '../../core/contract/api/cancel-job.ts';
import { priorityChangedSchema } from '../../core/contract/api/change-priority.ts';
import { entryShapeSchema } from '../../core/contract/api/entry-shape.ts';
import { jobAnswerSchema } from '../../core/contract/api/get-job.ts';
import { jobShapeSchema } from '../../core/contract/api/job-shape.ts';
import { childListSchema } from '../../core/contract/api/list-children.ts';
import { jobListSchema, listJobsQuerySchema } from '../../core/contract/api/list-jobs.ts';
import { opListSchema } from '../../core/contract/api/list-ops.ts';
import { rerunJobBodySchema } from '../../core/contract/api/rerun-job.ts';
import { batchSubmittedSchema } from '../../core/contract/api/submit-batch.ts';
import { dryRunSchema } from '../../core/contract/api/submit-job.ts';
import { jobExplanationSchema } from '../../core/contract/api/why.ts';
import { readAnswer } from '../api/read-answer.ts';
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
  texts,
  wholeNumber,
} from '../command.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { renderFailure } from '../render/failure.ts';
import {
  renderChildren,
  renderEntry,
  renderJob,
  renderJobAnswer,
  renderJobLine,
  renderJobs,
  renderOps,
  renderWhy,
} from '../render/job.ts';
import { show } from '../show.ts';
import { readSpecification } from '../specification-file.ts';
import { followJob, readJournal } from '../watch/follow-job.ts';
import { linesOf, watchJob } from '../watch/watch-job.ts';
import { allPages } from './all-pages.ts';
import { JOB_FILTER } from './job-filter.ts';

const id = requiredText('id', "the job's id");
const comment = text('text', 'what you say to it, kept in the journal');

const submit = command({
  name: 'submit',
  summary: 'Submit a job, or up to 25 of them at once',
  details:
    'A file is JSON or YAML 1.2; - is standard input. One file is one job. Several are submitted each by itself, in their order: a bad one loses nothing of the others.',
  calls: ['submit-job', 'submit-batch'],
  examples: [
    'jobplane submit job.yaml --watch',
    'render-job | jobplane submit - --idempotency-key build-17',
    'jobplane submit job.yaml --dry-run',
  ],
  arguments: { file: texts('file', 'a job specification') },
  options: {
    dryRun: flag('check it and store nothing'),
    idempotencyKey: text('key', 'submitted again with the same key it is the same job'),
    watch: flag('show it as it goes on, and end as it ends'),
  },
  async run({ file: files, dryRun, idempotencyKey, watch }, context) {
    const [file, ...others] = files;
    if (file === undefined) throw misused('Say which file.');
    if (others.length > 0) {
      if (dryRun || watch || idempotencyKey !== undefined) {
        throw misused('--dry-run, --watch and --idempotency-key go with one file only.');
      }
      return submitBatch(files, context);
    }
    const api = await context.api();
    const { body } = await api.askUnread({
      route: 'submit-job',
      query: { dryRun: dryRun ? true : undefined },
      body: withProject(await readSpecification(file, context.terminal), await context.project()),
      // One of our own, too, so that what got lost on the way may be sent again.
      ...(dryRun ? {} : { idempotencyKey: idempotencyKey ?? randomUUID() }),
    });
    if (dryRun) {
      show(context, body, () => {
        const { spec } = readAnswer(dryRunSchema, body);
        return `${spec.name} (project ${spec.project}) would be submitted with ${spec.ops.length} ops. Nothing was stored.`;
      });
      return EXIT.ok;
    }
    const job = readAnswer(jobShapeSchema, body);
    if (!watch) {
      show(context, body, () => renderJob(job, context.style));
      return EXIT.ok;
    }
    context.terminal.stderr.write(`${renderJobLine(job, context.style)}\n`);
    return watchJob(context, api, { id: job.id, until: [] });
  },
});

async function submitBatch(files: readonly string[], context: Context) {
  const project = await context.project();
  const jobs = [];
  for (const file of files) {
    const spec = withProject(await readSpecification(file, context.terminal), project);
    jobs.push({ spec, idempotencyKey: randomUUID() });
  }
  const api = await context.api();
  // The keys of its jobs make it safe to send again, and the header tells the client so.
  const { body } = await api.askUnread({
    route: 'submit-batch',
    body: { jobs },
    idempotencyKey: randomUUID(),
  });
  const { items } = readAnswer(batchSubmittedSchema, body);
  const lines = items.map((item, index) =>
    'job' in item
      ? `${files[index]}: ${renderJobLine(item.job, context.style)}`
      : `${files[index]}: ${renderFailure(new Failure(item.error.detail, { exitCode: EXIT.usage, problem: item.error }), context.style)}`,
  );
  show(context, body, () => lines.join('\n'));
  return items.every((item) => 'job' in item) ? EXIT.ok : EXIT.usage;
}

/** A specification's own project goes before that of the command line. */
function withProject(specification: unknown, project: string | undefined): unknown {
  const isObject =
    typeof specification === 'object' && specification !== null && !Array.isArray(specification);
  return project === undefined || !isObject ? specification : { project, ...specification };
}

const get = request({
  name: 'get',
  summary: 'Show a job',
  calls: 'get-job',
  examples: [
    'jobplane get $ID',
    'jobplane get $ID --view all',
    'jobplane get $ID --fields status,opstatus --output json',
  ],
  arguments: { id },
  options: {
    view: choice(['oracle', 'hmc', 'clarive', 'ganeti', 'flex', 'all'], 'also in the words of this system'),
    fields: text('names', "also these fields of Ganeti's, separated by commas"),
  },
  request: ({ id, view, fields }) => ({ path: { id }, query: { view, fields } }),
  answer: jobAnswerSchema,
  render: renderJobAnswer,
});

const list = command({
  name: 'list',
  summary: 'List jobs, newest first',
  calls: ['list-jobs'],
  examples: ['jobplane list --class attention', 'jobplane list --label site:docs --status FAILED --all'],
  arguments: {},
  options: {
    ...JOB_FILTER,
    limit: wholeNumber('count', 'jobs of a page'),
    cursor: text('cursor', 'where the page before ended'),
    all: flag('all pages'),
  },
  async run({ all, ...filter }, context) {
    const project = await context.project();
    const { body, value } = await allPages(context, jobListSchema, all, (cursor) => ({
      route: 'list-jobs',
      query: { project, ...filter, ...cursor },
    }));
    show(context, body, () => renderJobs(value.items, context.style));
    sayMore(context, value.cursor);
    return EXIT.ok;
  },
});

const watch = command({
  name: 'watch',
  summary: 'Show a job as it goes on, and end as it ends',
  calls: ['get-job', 'read-journal', 'list-ops'],
  examples: ['jobplane watch $ID', 'jobplane watch $ID --until TRAPPED --until WAITING_APPROVAL'],
  arguments: { id },
  options: { until: texts('status', 'end when it has this status, too; with 0 only then') },
  async run({ id, until }, context) {
    const known: readonly string[] = listJobsQuerySchema.shape.status.unwrap().options;
    const unknown = until.filter((status) => !known.includes(status));
    if (unknown.length > 0)
      throw misused(`There is no status ${unknown.join(', ')}, but ${known.join(', ')}.`);
    return watchJob(context, await context.api(), { id, until });
  },
});

const ops = request({
  name: 'ops',
  summary: 'Show the ops of a job, and what was undone',
  calls: 'list-ops',
  examples: ['jobplane ops $ID', 'jobplane ops $ID --attempt 1'],
  arguments: { id },
  options: { attempt: wholeNumber('number', 'as they went in an earlier attempt') },
  request: ({ id, attempt }) => ({ path: { id }, query: { attempt } }),
  answer: opListSchema,
  render: ({ items }, style) => renderOps(items, style),
});

const children = command({
  name: 'children',
  summary: 'Show the children of a job',
  calls: ['list-children'],
  examples: ['jobplane children $ID --all'],
  arguments: { id },
  options: {
    op: wholeNumber('index', 'of this op; left out: of the latest that has any'),
    attempt: wholeNumber('number', 'of an earlier attempt'),
    all: flag('all pages'),
  },
  async run({ id, op, attempt, all }, context) {
    const { body, value } = await allPages(context, childListSchema, all, (cursor) => ({
      route: 'list-children',
      path: { id },
      query: { op, attempt, ...cursor },
    }));
    show(context, body, () => renderChildren(value, context.style));
    sayMore(context, value.cursor);
    return EXIT.ok;
  },
});

const log = command({
  name: 'log',
  summary: "Show a job's journal",
  calls: ['read-journal', 'get-job'],
  examples: ['jobplane log $ID --follow', 'jobplane log $ID --newer-than 42 --output json'],
  arguments: { id },
  options: {
    follow: flag('go on until the job has ended'),
    newerThan: wholeNumber('serial', 'only what came after this entry'),
  },
  async run({ id, follow, newerThan = 0 }, context) {
    const api = await context.api();
    const lines = linesOf(context);
    if (follow) {
      await followJob({ api, id, newerThan }, lines);
      return EXIT.ok;
    }
    for (let told = newerThan; ; ) {
      const entries = await readJournal(api, id, { newerThan: told });
      for (const entry of entries) lines.entry(entry);
      const last = entries.at(-1);
      if (last === undefined) return EXIT.ok;
      told = last.serial;
    }
  },
});

const why = request({
  name: 'why',
  summary: 'Say what a job waits for, who is before it, and what would move it',
  calls: 'explain-job',
  examples: ['jobplane why $ID'],
  arguments: { id },
  options: {},
  request: ({ id }) => ({ path: { id } }),
  answer: jobExplanationSchema,
  render: renderWhy,
});

const cancel = request({
  name: 'cancel',
  summary: 'Cancel a job, and undo what it has done',
  calls: 'cancel-job',
  examples: ['jobplane cancel $ID --reason "wrong folder"', 'jobplane cancel $ID --only-if-queued'],
  arguments: { id },
  options: {
    reason: text('text', 'why, kept in the journal'),
    onlyIfQueued: flag('refuse once anything of it has started'),
    force: flag('end it first and undo nothing'),
    noRollback: flag('stop it and undo nothing'),
  },
  request: ({ id, reason, onlyIfQueued, force, noRollback }) => ({
    path: { id },
    body: { reason, onlyIfQueued, force, rollback: !noRollback },
  }),
  answer: canceledSchema,
  render: ({ message, job }, style) => `${message}\n${renderJobLine(job, style)}`,
});

const confirmJob = request({
  name: 'confirm',
  summary: 'Let a job go that was submitted on hold',
  calls: 'confirm-job',
  examples: ['jobplane confirm $ID'],
  arguments: { id },
  options: { comment },
  request: commented,
  answer: jobShapeSchema,
  render: renderJob,
});

const approve = request({
  name: 'approve',
  summary: 'Approve a job',
  calls: 'approve-job',
  examples: ['jobplane approve $ID --comment "checked on staging"'],
  arguments: { id },
  options: { comment },
  request: commented,
  answer: jobShapeSchema,
  render: renderJob,
});

const reject = request({
  name: 'reject',
  summary: 'Reject a job that waits for approval',
  calls: 'reject-job',
  examples: ['jobplane reject $ID --comment "not before the holidays"'],
  arguments: { id },
  options: { comment },
  request: commented,
  answer: jobShapeSchema,
  render: renderJob,
});

const reschedule = command({
  name: 'reschedule',
  summary: 'Give a waiting job another date, or none',
  calls: ['reschedule-job'],
  examples: [
    'jobplane reschedule $ID --at 2026-12-01T02:00:00Z --start-within PT4H',
    'jobplane reschedule $ID --hold',
  ],
  arguments: { id },
  options: {
    at: text('time', 'ISO 8601 with its zone; the past means now'),
    hold: flag('no date: it stands until it is confirmed or given one'),
    startWithin: text('duration', 'how long after its date it may start, as PT4H'),
    comment,
  },
  async run({ id, at, hold, startWithin, comment }, context) {
    if (hold === (at !== undefined)) throw misused('Say either --at or --hold.');
    const api = await context.api();
    const body = { at: at ?? null, startWithin, comment };
    const answer = await api.ask({ route: 'reschedule-job', path: { id }, body }, jobShapeSchema);
    show(context, answer.body, () => renderJob(answer.value, context.style));
    return EXIT.ok;
  },
});

const rerun = request({
  name: 'rerun',
  summary: 'Run a job again that has ended',
  calls: 'rerun-job',
  examples: [
    'jobplane rerun $ID',
    'jobplane rerun $ID --from failedOp',
    'jobplane rerun $ID --from RUN --run-now',
  ],
  arguments: { id },
  options: {
    from: choice(rerunJobBodySchema.shape.from.unwrap().options, 'where it begins; left out: at PRE'),
    runNow: flag('RUN does not wait for its date'),
    comment,
  },
  request: ({ id, ...body }) => ({ path: { id }, body }),
  answer: jobShapeSchema,
  render: renderJob,
});

const rollback = request({
  name: 'rollback',
  summary: 'Undo a job that has ended',
  calls: 'roll-back-job',
  examples: ['jobplane rollback $ID --comment "wrong version"'],
  arguments: { id },
  options: { comment },
  request: commented,
  answer: jobShapeSchema,
  render: renderJob,
});

const trap = request({
  name: 'trap',
  summary: 'Answer a job whose op has failed and asks what to do',
  calls: 'answer-trap',
  examples: ['jobplane trap $ID retry --comment "the disk was cleaned"', 'jobplane trap $ID skip'],
  arguments: {
    id,
    answer: requiredChoice(answerTrapBodySchema.shape.answer.options, 'what to do'),
  },
  options: { comment },
  request: ({ id, answer, comment }) => ({ path: { id }, body: { answer, comment } }),
  answer: jobShapeSchema,
  render: renderJob,
});

const pause = request({
  name: 'pause',
  summary: 'Hold a running job before its next op',
  calls: 'pause-job',
  examples: ['jobplane pause $ID --comment "the target is being moved"'],
  arguments: { id },
  options: { comment },
  request: commented,
  answer: jobShapeSchema,
  render: renderJob,
});

const resume = request({
  name: 'resume',
  summary: 'Let a paused job go on',
  calls: 'resume-job',
  examples: ['jobplane resume $ID'],
  arguments: { id },
  options: { comment },
  request: commented,
  answer: jobShapeSchema,
  render: renderJob,
});

const priority = request({
  name: 'priority',
  summary: 'Give a job, or one of its ops, another priority',
  calls: 'change-priority',
  examples: ['jobplane priority $ID -- -5', 'jobplane priority $ID 10 --op 3'],
  arguments: {
    id,
    priority: requiredWholeNumber('priority', '-20, most urgent, to 19; after -- when it is negative'),
  },
  options: { op: wholeNumber('index', 'of this op alone') },
  request: ({ id, priority, op }) => ({ path: { id }, body: { priority, op } }),
  answer: priorityChangedSchema,
  render: ({ message, job }, style) => `${message}\n${renderJobLine(job, style)}`,
});

const note = request({
  name: 'note',
  summary: "Write a note into a job's journal",
  calls: 'add-note',
  examples: ['jobplane note $ID "the vendor was called"'],
  arguments: { id, comment: requiredText('text', 'the note') },
  options: {},
  request: ({ id, comment }) => ({ path: { id }, body: { comment } }),
  answer: entryShapeSchema,
  render: renderEntry,
});

const remove = command({
  name: 'delete',
  summary: 'Delete a job that has ended, with its journal',
  calls: ['delete-job'],
  examples: ['jobplane delete $ID', 'jobplane delete $ID --yes'],
  arguments: { id },
  options: { yes: flag('do not ask') },
  async run({ id, yes }, context) {
    await confirm(context, `Delete job ${id} and its journal for good?`, yes);
    const { body } = await (await context.api()).askUnread({ route: 'delete-job', path: { id } });
    show(context, body, () => `Job ${id} is deleted.`);
    return EXIT.ok;
  },
});

/** All that is done with one job. */
export const JOB_COMMANDS: readonly Command[] = [
  submit,
  get,
  list,
  watch,
  ops,
  children,
  log,
  why,
  cancel,
  confirmJob,
  approve,
  reject,
  reschedule,
  rerun,
  rollback,
  trap,
  pause,
  resume,
  priority,
  note,
  remove,
];

function commented({ id, comment }: { readonly id: string; readonly comment?: string | undefined }) {
  return { path: { id }, body: { comment } };
}

function sayMore(context: Context, cursor: string | undefined): void {
  if (cursor === undefined || context.output !== 'table' || context.isQuiet) return;
  context.terminal.stderr.write('There may be more: --all shows them.\n');
}

function misused(message: string): Failure {
  return new Failure(message, { exitCode: EXIT.usage, advice: 'See --help.' });
}
