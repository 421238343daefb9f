import { bulkDryRunSchema } from '../../core/contract/api/bulk.ts';
import { jobShapeSchema } from '../../core/contract/api/job-shape.ts';
import { rerunJobBodySchema } from '../../core/contract/api/rerun-job.ts';
import { choice, command, flag, requiredChoice, text, wholeNumber } from '../command.ts';
import { confirm } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { renderJob, renderJobs } from '../render/job.ts';
import { show } from '../show.ts';
import { JOB_FILTER } from './job-filter.ts';

const BULK_ACTIONS = ['cancel', 'rerun', 'reprioritise'] as const;

/** All jobs that match, at once. */
export const BULK_COMMAND = command({
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
    ...JOB_FILTER,
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
