import type { JobShape } from '../../core/contract/api/job-shape.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { renderEntry, renderJob } from '../render/job.ts';
import { type Follower, followJob } from './follow-job.ts';
import { liveProgress } from './live-progress.ts';

const SUCCESSES: readonly JobShape['status'][] = ['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS'];

export interface WatchOptions {
  readonly id: string;
  readonly until: readonly string[];
}

/** Shows a job as it goes on, and says by its exit code how it ended. */
export async function watchJob(
  context: Context,
  api: ApiClient,
  { id, until }: WatchOptions,
): Promise<ExitCode> {
  const { terminal, output, isQuiet, isOutputChosen } = context;
  const options = { api, id, until };
  // A terminal without a width, as some that programs make, has no room for a list that is drawn anew.
  const isLive =
    terminal.stdout.isTTY && (terminal.stdout.columns ?? 0) > 0 && output === 'table' && !isQuiet;
  const job = isLive ? await watchLive(options) : await followJob(options, linesOf(context));
  if (!isQuiet && !(isOutputChosen && output === 'json')) {
    terminal.stdout.write(`${renderJob(job, { ...context.style, now: terminal.now() })}\n`);
  }
  return exitCodeOf(job, until);
}

async function watchLive(options: Parameters<typeof followJob>[0]): Promise<JobShape> {
  const progress = liveProgress();
  try {
    return await followJob(options, progress);
  } finally {
    progress.stop();
    await progress.ended();
  }
}

/** A line for each entry; with `--output json` a JSON text a line. */
export function linesOf(context: Context): Follower {
  const { terminal, style, output, isOutputChosen, isQuiet } = context;
  return {
    entry(entry) {
      if (isQuiet) return;
      const isJson = isOutputChosen && output === 'json';
      terminal.stdout.write(`${isJson ? JSON.stringify(entry) : renderEntry(entry, style)}\n`);
    },
  };
}

function exitCodeOf({ status }: JobShape, until: readonly string[]): ExitCode {
  if (until.length > 0) return until.includes(status) ? EXIT.ok : EXIT.unsuccessful;
  return SUCCESSES.includes(status) ? EXIT.ok : EXIT.unsuccessful;
}
