import type * as z from 'zod';
import type { EntryShape } from '../../core/contract/api/entry-shape.ts';
import type { jobAnswerSchema } from '../../core/contract/api/get-job.ts';
import type { JobShape } from '../../core/contract/api/job-shape.ts';
import type { ChildList, ChildrenShape } from '../../core/contract/api/list-children.ts';
import type { OpShape } from '../../core/contract/api/op-shape.ts';
import type { JobExplanation } from '../../core/contract/api/why.ts';
import { age, lasting, localTime, moment } from './moment.ts';
import { plainText } from './plain-text.ts';
import { type Colour, coloured, type Style } from './style.ts';
import { type Cell, fields, table } from './table.ts';

type Status = JobShape['status'];

const COLOURS: Readonly<Record<Status, Colour>> = {
  CREATED: 'cyan',
  SCHEDULED: 'cyan',
  PENDING: 'cyan',
  QUEUED: 'cyan',
  WAITING_APPROVAL: 'yellow',
  WAITING_DEPENDENCY: 'cyan',
  WAITING_LOCK: 'cyan',
  RUNNING: 'blue',
  CHILD_QUEUED: 'blue',
  CHILD_RUNNING: 'blue',
  PAUSED: 'yellow',
  TRAPPED: 'yellow',
  TRAP_PAUSED: 'yellow',
  CANCELING: 'blue',
  ROLLING_BACK: 'blue',
  REJECTED: 'red',
  EXPIRED: 'red',
  COMPLETED_OK: 'green',
  COMPLETED_WITH_WARNINGS: 'green',
  COMPLETED_WITH_ERROR: 'red',
  FAILED_TO_START: 'red',
  FAILED: 'red',
  FAILED_RETRYABLE: 'red',
  TIMED_OUT: 'red',
  ABENDED: 'red',
  CANCELED_BEFORE_START: 'dim',
  CANCELED_WHILE_RUNNING: 'dim',
  CANCELED_AFTER_FAILURE: 'dim',
  ROLLED_BACK: 'dim',
};

const OP_COLOURS: Readonly<Record<OpShape['status'], Colour | undefined>> = {
  queued: undefined,
  waiting: 'cyan',
  canceling: 'blue',
  running: 'blue',
  success: 'green',
  error: 'red',
  canceled: 'dim',
};

export function statusCell(status: Status): Cell {
  return { text: status, colour: COLOURS[status] };
}

/** A job and what stands in its head. */
export function renderJob(job: JobShape, style: Style): string {
  const { dates, progress, error, cancel, trap, pause, lastTrap } = job;
  const labels = Object.entries(job.labels).map(([key, value]) => `${key}:${value}`);
  return fields(
    {
      Job: job.id,
      Name: `${job.name} (project ${job.project}, queue ${job.queue})`,
      Status: statusCell(job.status),
      Step: `${job.step}, attempt ${job.attempt}, ${progress.opsRun} of ${progress.opsTotal} ops run`,
      Waits: plain(job.waitReason),
      Owner: plain(job.owner),
      Labels: plain(labels.join(', ')),
      Priority: job.priority === 0 ? undefined : String(job.priority),
      Received: moment(dates.receivedAt, style),
      Scheduled: moment(dates.scheduledAt, style),
      'Start by': moment(dates.maxStartAt, style),
      Started: moment(dates.startedAt, style),
      Ended: moment(dates.endedAt, style),
      Error:
        error === undefined
          ? undefined
          : { text: `${error.code}: ${plainText(error.message)}`, colour: 'red' },
      Rollback: job.rollback.outcome === 'none' ? undefined : job.rollback.outcome,
      Warnings: job.warnings === 0 ? undefined : { text: String(job.warnings), colour: 'yellow' },
      Trap:
        trap === undefined
          ? undefined
          : `op ${trap.op} asks since ${moment(trap.since, style)}${until(trap.until, style)}`,
      Paused:
        pause === undefined ? undefined : `since ${moment(pause.since, style)}${until(pause.until, style)}`,
      'Last trap':
        lastTrap === undefined
          ? undefined
          : plain(
              `${lastTrap.answer} by ${lastTrap.actor}${lastTrap.comment === undefined ? '' : `: ${lastTrap.comment}`}`,
            ),
      Cancel:
        cancel === undefined
          ? undefined
          : plain([`by ${cancel.actor}`, cancel.reason].filter(Boolean).join(': ')),
      Parent: job.parent,
      Session: plain(job.sessionId),
    },
    style,
  );
}

/** Its head, with its children, and in the vocabularies that were asked for. */
export function renderJobAnswer(job: z.output<typeof jobAnswerSchema>, style: Style): string {
  const views = Object.entries(job.views ?? {}).map(([name, view]): readonly [string, string | undefined] => [
    `As ${name}`,
    view === undefined ? undefined : `${view.status}${view.exact ? '' : ' (nearest)'}`,
  ]);
  const more = {
    ...(job.children === undefined ? {} : { Children: childrenText(job.children) }),
    ...Object.fromEntries(views),
    ...(job.fields === undefined ? {} : { Fields: plainText(JSON.stringify(job.fields)) }),
  };
  return [renderJob(job, style), fields(more, style)].filter((part) => part !== '').join('\n');
}

export function renderJobs(jobs: readonly JobShape[], style: Style): string {
  if (jobs.length === 0) return 'No jobs.';
  return table(
    ['JOB', 'STATUS', 'STEP', 'OPS', 'QUEUE', 'RECEIVED', 'OWNER', 'NAME'],
    jobs.map((job) => [
      job.id,
      statusCell(job.status),
      job.step,
      `${job.progress.opsRun}/${job.progress.opsTotal}`,
      job.queue,
      age(job.dates.receivedAt, style),
      plainText(job.owner),
      job.name,
    ]),
    style,
  );
}

/** One line of a list that grows: how a job ended, say. */
export function renderJobLine({ id, name, status }: JobShape, style: Style): string {
  return `${name} (${id}) is ${coloured(status, COLOURS[status], style)}`;
}

export function renderOps(ops: readonly OpShape[], style: Style): string {
  if (ops.length === 0) return 'No ops.';
  return table(
    ['OP', 'STEP', 'NAME', 'ACTION', 'STATUS', 'TRY', 'TOOK', 'RESULT'],
    ops.map((op) => [
      String(op.index),
      op.step,
      op.rollbackOf === undefined ? op.name : `${op.name} (undoes ${op.rollbackOf})`,
      op.action,
      { text: op.skipped === true ? 'skipped' : op.status, colour: OP_COLOURS[op.status] },
      String(op.try),
      took(op),
      resultCell(op),
    ]),
    style,
  );
}

export function renderChildren({ children, items }: ChildList, style: Style): string {
  if (children === undefined) return 'No children: no op of the job that has any has begun.';
  const rows = items.map((child): Cell[] => [
    String(child.child),
    child.id ?? '',
    statusCell(child.status),
    took(child),
    child.error === undefined
      ? (child.name ?? '')
      : `${child.name ?? ''} ${child.error.code}: ${plainText(child.error.message)}`,
  ]);
  return `${childrenText(children)}\n\n${table(['CHILD', 'JOB', 'STATUS', 'TOOK', 'NAME'], rows, style)}`;
}

export function renderEntry(entry: EntryShape, style: Style): string {
  const actor = entry.actor === 'jobplane' ? '' : ` (${plainText(entry.actor)})`;
  const op = entry.op === undefined ? '' : `${coloured(entry.op.name, 'cyan', style)}: `;
  return `${coloured(localTime(entry.at, style), 'dim', style)}  ${op}${plainText(entry.message)}${coloured(actor, 'dim', style)}`;
}

/** Why it waits, who is before it, and what would move it. */
export function renderWhy(why: JobExplanation, style: Style): string {
  const { line, holders, holds, dependencies } = why;
  const lines = [
    plainText(why.summary),
    '',
    fields(
      {
        Status: statusCell(why.status),
        'Stands at': why.standsAt,
        Since: moment(why.since, style),
        Line:
          line === undefined
            ? undefined
            : `${line.position} of ${line.waiting} for ${line.kind} ${line.name}: ${line.held} of ${line.capacity} held${line.paused ? ', paused' : ''}`,
        Holds: holds.map(({ kind, name }) => `${kind} ${name}`).join(', '),
        'Depends on': dependencies?.map(({ job, status }) => `${job} (${status ?? 'hidden'})`).join(', '),
      },
      style,
    ),
  ];
  if (holders.length > 0) {
    const rows = holders.map(({ jobId, owner, since }): Cell[] => [
      jobId ?? 'a job of another project',
      plainText(owner ?? ''),
      moment(since, style),
    ]);
    lines.push('', table(['HELD BY', 'OWNER', 'SINCE'], rows, style));
  }
  if (why.movesWhen.length > 0) {
    lines.push('', 'It moves on when:', ...why.movesWhen.map((sentence) => `  - ${plainText(sentence)}`));
  }
  return lines.join('\n');
}

function childrenText({
  verb,
  total,
  created,
  settled,
  unsuccessful,
  statuses,
  closed,
}: ChildrenShape): string {
  const counts = Object.entries(statuses).map(([status, count]) => `${count} ${status}`);
  const how = verb === 'undo' ? ' to undo' : '';
  const parts = [
    `${settled} of ${total}${how} ended`,
    `${created} made`,
    `${unsuccessful} unsuccessful`,
    ...counts,
  ];
  return closed === undefined ? parts.join(', ') : `${parts.join(', ')}; closed: ${closed}`;
}

function took({
  startedAt,
  endedAt,
}: {
  startedAt?: string | undefined;
  endedAt?: string | undefined;
}): string {
  if (startedAt === undefined || endedAt === undefined) return '';
  return lasting(Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000));
}

function resultCell({ error, result, warnings = [] }: OpShape): Cell {
  if (error !== undefined) return { text: `${error.code}: ${plainText(error.message)}`, colour: 'red' };
  if (warnings.length > 0) return { text: plainText(warnings.join('; ')), colour: 'yellow' };
  return result === undefined || result === null ? '' : plainText(JSON.stringify(result));
}

function until(iso: string | undefined, style: Style): string {
  return iso === undefined ? '' : `, until ${moment(iso, style)}`;
}

function plain(text: string | undefined): string | undefined {
  return text === undefined ? undefined : plainText(text);
}
