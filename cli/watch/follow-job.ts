import type { EntryShape } from '../../core/contract/api/entry-shape.ts';
import { jobAnswerSchema } from '../../core/contract/api/get-job.ts';
import type { JobShape } from '../../core/contract/api/job-shape.ts';
import { opListSchema } from '../../core/contract/api/list-ops.ts';
import type { OpShape } from '../../core/contract/api/op-shape.ts';
import { journalSchema } from '../../core/contract/api/read-journal.ts';
import type { ApiClient } from '../api/api-client.ts';

/** The longest that the API keeps a request waiting for news. */
const LONG_POLL_SECONDS = 20;

/** Longest page of a journal. */
const PAGE = 1_000;

/** Is told what happens to a job. */
export interface Follower {
  entry(entry: EntryShape): void;
  /** The job and its ops, each time that something has happened. */
  state?(job: JobShape, ops: readonly OpShape[]): void;
}

export interface FollowOptions {
  readonly api: ApiClient;
  readonly id: string;
  /** Statuses at which to stop beside the last ones. */
  readonly until?: readonly string[];
  /** The last serial that needs no telling. */
  readonly newerThan?: number;
}

/** Tells of what happens to a job, and answers it once it has ended, or is what somebody waits for. */
export async function followJob(options: FollowOptions, tell: Follower): Promise<JobShape> {
  const { api, id, until = [] } = options;
  let told = options.newerThan ?? 0;
  const tellNew = async (wait: number) => {
    for (;;) {
      const entries = await readJournal(api, id, { newerThan: told, wait, limit: PAGE });
      for (const entry of entries) tell.entry(entry);
      told = entries.at(-1)?.serial ?? told;
      if (entries.length < PAGE) return;
    }
  };
  for (let wait = 0; ; wait = LONG_POLL_SECONDS) {
    await tellNew(wait);
    // Read after the journal, so what it says is not told before what led to it.
    const { value: job } = await api.ask({ route: 'get-job', path: { id } }, jobAnswerSchema);
    if (tell.state !== undefined) tell.state(job, await readOps(api, id));
    if (hasEnded(job) || until.includes(job.status)) {
      await tellNew(0);
      return job;
    }
  }
}

/** Ended, or standing still until somebody acts: the API gives both an end. */
export function hasEnded({ dates }: JobShape): boolean {
  return dates.endedAt !== undefined;
}

export async function readJournal(
  api: ApiClient,
  id: string,
  query: { readonly newerThan: number; readonly wait?: number; readonly limit?: number },
): Promise<readonly EntryShape[]> {
  const { value } = await api.ask({ route: 'read-journal', path: { id }, query }, journalSchema);
  return value.items;
}

async function readOps(api: ApiClient, id: string): Promise<readonly OpShape[]> {
  const items: OpShape[] = [];
  let cursor: string | undefined;
  do {
    const { value } = await api.ask({ route: 'list-ops', path: { id }, query: { cursor } }, opListSchema);
    items.push(...value.items);
    cursor = value.cursor;
  } while (cursor !== undefined);
  return items;
}
