import { setTimeout as pause } from 'node:timers/promises';
import type { JobId } from '../../core/job/identifiers.ts';
import type { JournalEntry } from '../../core/job/journal-entry.ts';
import type { SemaphoreKey } from '../../core/semaphore/semaphore.ts';
import { HOLD, jobPartition, semaphorePartition, WAIT } from '../../functions/adapters/dynamodb/keys.ts';
import { holdOf, waitOf } from '../../functions/adapters/dynamodb/line-items.ts';
import { until } from '../../local/until.ts';
import type { Bench } from './bench-stack.ts';
import type { SubmittedJob } from './run-job.ts';
import { HOLDS_THE_LOCK, LOCK_ONLY } from './sample-jobs.ts';
import { type StreamRecord, streamRecords } from './table-stream.ts';
import { executionsOf } from './transitions.ts';

/** What jobs and executions of a line do once they have what they waited for, so that both lines compare. */
export const HOLD_MS = 1_000;

/** Who stand in a line; the first is let in at once. */
export const IN_LINE = 10;

/** Between two arrivals: long enough that nobody can doubt who came first. */
export const ARRIVAL_MS = 150;

const GRANTED_WITHIN_MS = 30_000;

/** One lock, handed from one job to the next. */
export interface HandOff {
  /** Decided by the job that gives it back; everything below is counted from here, in milliseconds. */
  readonly releasedAt: number;
  /** The next job is committed to start. */
  readonly startingAfter: number;
  /** Its execution was started. */
  readonly executionAfter: number;
  /** Its first op runs. */
  readonly runningAfter: number;
  /** From the end of the last op of the one to the start of the first op of the other. */
  readonly idle: number;
  /** Commits by which the next job got from standing in line to starting. */
  readonly commits: number;
}

export interface HandedOn {
  readonly handOffs: readonly HandOff[];
  /** Places in line, in the order of the grants. */
  readonly places: readonly number[];
  /** States that the execution of each job entered, in the same order. */
  readonly transitions: readonly number[];
}

const LOCK: SemaphoreKey = { scope: 'web', kind: 'lock', name: LOCK_ONLY.locks[0].name };

/** Runs a line of jobs on one lock, each done a second after it began, and tells how it was handed on. */
export async function measureHandOffs(bench: Bench): Promise<HandedOn> {
  const { runner, stack } = bench;
  const written = (await streamRecords(stack)).length;
  const line: SubmittedJob[] = [];
  for (let job = 0; job < IN_LINE; job += 1) {
    line.push(await runner.submit(HOLDS_THE_LOCK));
    await pause(ARRIVAL_MS);
  }
  const granted = await playHolders(bench, line);
  for (const job of line) await runner.finish(job, { ...HOLDS_THE_LOCK, workers: [] });
  const records = (await streamRecords(stack)).slice(written);
  const handOffs: HandOff[] = [];
  for (const [position, id] of granted.entries()) {
    const before = granted[position - 1];
    if (before !== undefined) handOffs.push(await handOff(bench, records, before, id));
  }
  const transitions: number[] = [];
  for (const id of granted) {
    const paths = await executionsOf(stack, id);
    transitions.push(paths.reduce((total, { states }) => total + states.length, 0));
  }
  return { handOffs, places: placesOf(records, granted), transitions };
}

/** One look at the lock serves them all, whoever is next: the line may be in any order. */
async function playHolders({ runner }: Bench, line: readonly SubmittedJob[]): Promise<readonly JobId[]> {
  const granted: JobId[] = [];
  for (const _ of line) {
    const id = await until('another job holds the lock', GRANTED_WITHIN_MS, async () => {
      const [hold] = await runner.store.readHolds(LOCK, 1);
      return hold !== undefined && !granted.includes(hold.jobId) ? hold.jobId : undefined;
    });
    granted.push(id);
    await runner.whenRunning(id, { op: 0, try: 1 });
    await pause(HOLD_MS);
    await runner.answer(id, { op: 0, try: 1, verb: 'complete' });
  }
  return granted;
}

async function handOff(
  { runner, stack }: Bench,
  records: readonly StreamRecord[],
  from: JobId,
  to: JobId,
): Promise<HandOff> {
  const releasedAt = holdsOf(records).find(({ jobId }) => jobId === to)?.since;
  if (releasedAt === undefined) throw new Error(`the stream has no hold of job ${to}`);
  const [earlier, next] = [
    await runner.store.readJournal(from, 0, 1_000),
    await runner.store.readJournal(to, 0, 1_000),
  ];
  const [path] = await executionsOf(stack, to);
  if (path === undefined) throw new Error(`job ${to} has no execution`);
  const starting = momentOf(next, ({ kind, from }) => kind === 'status' && from === 'WAITING_LOCK');
  const running = momentOf(next, ({ kind, to }) => kind === 'status' && to === 'RUNNING');
  const done = momentOf(earlier, ({ kind, to }) => kind === 'op' && to === 'success');
  return {
    releasedAt,
    startingAfter: starting - releasedAt,
    executionAfter: path.startedAtMs - releasedAt,
    runningAfter: running - releasedAt,
    idle: running - done,
    commits: commitsToStart(records, to),
  };
}

function momentOf(journal: readonly JournalEntry[], is: (entry: JournalEntry) => boolean): number {
  const entry = journal.find(is);
  if (entry === undefined) throw new Error(`the journal of job ${journal[0]?.jobId} lacks a line`);
  return entry.at;
}

/** Each commit that concerns a job writes its head: the one that lets it in, and those up to its start. */
function commitsToStart(records: readonly StreamRecord[], id: JobId): number {
  const heads = records.flatMap(({ after }) =>
    after?.['pk']?.S === jobPartition(id) && after['sk']?.S === 'HEAD' ? [after] : [],
  );
  const inLine = heads.findIndex((head) => head['place'] !== undefined);
  const starting = heads.findIndex((head) => head['waitReason']?.S === 'starting');
  if (inLine < 0 || starting < 0) throw new Error(`job ${id} did not stand in line and start`);
  return starting - inLine;
}

function holdsOf(records: readonly StreamRecord[]) {
  return itemsOf(records, HOLD).map(holdOf);
}

/** Places by rank; the first was let in at once and has none. */
function placesOf(records: readonly StreamRecord[], granted: readonly JobId[]): readonly number[] {
  const ranks = new Map(itemsOf(records, WAIT).map((item) => [waitOf(item).jobId, waitOf(item).rank]));
  return granted.map((id) => ranks.get(id) ?? 0);
}

/** What was put into the lock's partition under such sort keys. */
function itemsOf(records: readonly StreamRecord[], prefix: string) {
  return records.flatMap(({ after }) =>
    after?.['pk']?.S === semaphorePartition(LOCK) && after['sk']?.S?.startsWith(prefix) === true
      ? [after]
      : [],
  );
}
