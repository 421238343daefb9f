import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { busEventOf } from '../../core/contract/bus-events.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import { jobPartition } from '../../functions/adapters/dynamodb/keys.ts';
import { until } from '../../local/until.ts';
import { type AwsCall, type CallMeter, meterFunctions, startCallMeter } from './aws-calls.ts';
import type { Bench } from './bench-stack.ts';
import { type CommittedWrite, commitsOf, partitionOf, WRITING } from './committed-writes.ts';
import { type Invocations, settledInvocations } from './invocations.ts';
import { runLine, withHeldSlot } from './job-line.ts';
import type { FinishedJob } from './run-job.ts';
import { KIND_NAMES, KINDS, type Kind, type SampleJob, SLOT_AND_LOCK } from './sample-jobs.ts';
import { streamRecords } from './table-stream.ts';
import { executionsOf } from './transitions.ts';

/**
 * - `plain`: needs nothing that has a limit. - `uncontended`: a queue slot and a lock, both free.
 * - `contended`: the same; it stands in the lock's line, and somebody stands behind it when it ends.
 */
export type Form = 'plain' | 'uncontended' | 'contended';

const FORMS: readonly Form[] = ['plain', 'uncontended', 'contended'];

/** Everything that a job of a kind made AWS do, as it was seen. */
export interface Usage {
  readonly kind: Kind;
  readonly form: Form;
  readonly transitions: number;
  readonly httpRequests: number;
  /** Of the commits that are this job's, by their first item. */
  readonly writes: readonly CommittedWrite[];
  readonly commits: number;
  /** What the control plane's functions asked of AWS, and for how many jobs. */
  readonly calls: readonly AwsCall[];
  readonly calledFor: number;
  readonly busEvents: number;
  readonly invocations: readonly Invocations[];
  /** How many jobs the invocations are of. */
  readonly invokedFor: number;
  /** What was asked of AWS while nothing but waiting happened; of one line. */
  readonly idleCalls?: number;
}

/** Jobs of a kind by which invocations are counted and timed. */
const TIMED_JOBS = 5;

/** Jobs of a line: the one in the middle is measured. */
export const LINE_JOBS = 5;
const MIDDLE = 2;

const PUBLISHED_WITHIN_MS = 30_000;

/** What was submitted last is published by then. */
const STILL_AFTER_MS = 2_000;
export const IDLE_MS = 3_000;

/** A line that stands still is the same whatever its jobs will do. */
const IDLE_KIND: Kind = 'log';

/** Serves no job: it runs each minute, whatever there is. */
export const SWEEP = 'sweep';

/** Serve no job: the sweeper, and the command by which the bench holds a line up. */
const NO_JOBS: ReadonlySet<string> = new Set([SWEEP, 'put-queue']);

/**
 * Runs jobs of each kind and form twice over: some whose invocations are counted and timed, and then,
 * with the meter between functions and AWS, those whose calls are counted.
 */
export async function measureUsage(bench: Bench): Promise<readonly Usage[]> {
  const { runner, stack } = bench;
  const forms = KIND_NAMES.flatMap((kind) => FORMS.map((form) => ({ kind, form })));
  const timed: (readonly Invocations[])[] = [];
  await withHeldSlot(runner, async () => {
    // What an earlier job still has published is not counted with these.
    await settledInvocations(stack, jobFunctions(bench), Date.now());
    for (const { kind, form } of forms) timed.push(await timedInvocations(bench, kind, form));
  });
  const meter = await startCallMeter(stack.emulatorUrl);
  try {
    await meterFunctions(stack, jobFunctions(bench), meter);
    return await withHeldSlot(runner, async () => {
      const usages: Usage[] = [];
      for (const [position, { kind, form }] of forms.entries()) {
        const metered = await meteredUsage(bench, meter, kind, form);
        usages.push({ kind, form, ...metered, invocations: timed[position] ?? [], invokedFor: TIMED_JOBS });
      }
      return usages;
    });
  } finally {
    await meter.close();
  }
}

function jobFunctions({ functions }: Bench) {
  return functions.filter(({ name }) => !NO_JOBS.has(name));
}

function sampleOf(kind: Kind, form: Form): SampleJob {
  return form === 'plain' ? KINDS[kind] : { ...KINDS[kind], needs: SLOT_AND_LOCK };
}

async function timedInvocations(bench: Bench, kind: Kind, form: Form): Promise<readonly Invocations[]> {
  const { stack, runner } = bench;
  const sample = sampleOf(kind, form);
  const since = Date.now();
  if (form === 'contended') await runLine(runner, sample, TIMED_JOBS);
  else for (let job = 0; job < TIMED_JOBS; job += 1) await runner.run(sample);
  return settledInvocations(stack, jobFunctions(bench), since);
}

type Metered = Omit<Usage, 'kind' | 'form' | 'invocations' | 'invokedFor'>;

async function meteredUsage(bench: Bench, meter: CallMeter, kind: Kind, form: Form): Promise<Metered> {
  const { runner, stack } = bench;
  const sample = sampleOf(kind, form);
  const before = meter.position();
  // The first job after a change of settings meets cold functions.
  if (form === 'plain') await published(bench, meter, before, [await runner.run(sample)]);
  const from = meter.position();
  const written = (await streamRecords(stack)).length;
  let idleCalls: number | undefined;
  const whileTheyWait = async () => {
    await pause(STILL_AFTER_MS);
    const still = meter.position();
    await pause(IDLE_MS);
    idleCalls = meter.position() - still;
  };
  const jobs =
    form === 'contended'
      ? await runLine(runner, sample, LINE_JOBS, kind === IDLE_KIND ? whileTheyWait : undefined)
      : [await runner.run(sample)];
  const calls = await published(bench, meter, from, jobs);
  const job = jobs[form === 'contended' ? MIDDLE : 0];
  if (job === undefined) throw new Error('no job ran');
  const records = (await streamRecords(stack)).slice(written);
  const commits = commitsOf(calls, records).filter(({ partition }) => partition === jobPartition(job.id));
  const writes = commits.flatMap((commit) => commit.writes);
  checkComplete(
    job.id,
    commitsOf(calls, records).flatMap((commit) => commit.writes),
    records,
  );
  const paths = await executionsOf(stack, job.id);
  return {
    transitions: paths.reduce((total, { states }) => total + states.length, 0),
    httpRequests: job.requests,
    writes,
    commits: commits.length,
    calls,
    calledFor: jobs.length,
    busEvents: eventsSent(calls) / jobs.length,
    ...(idleCalls === undefined ? {} : { idleCalls }),
  };
}

/** What was written of a job and no call did would be missing in its bill. */
function checkComplete(
  id: JobId,
  seen: readonly CommittedWrite[],
  records: readonly Pick<CommittedWrite, 'before' | 'after'>[],
): void {
  const ofJob = (writes: typeof records) =>
    writes.filter((write) => partitionOf(write) === jobPartition(id)).length;
  if (ofJob(seen) === ofJob(records)) return;
  throw new Error(
    `functions wrote ${ofJob(seen)} items of a job and the stream has ${ofJob(records)}: the meter missed some`,
  );
}

/** All calls from here on, once every event of these jobs is on the bus. */
async function published(
  { runner }: Bench,
  meter: CallMeter,
  from: number,
  jobs: readonly FinishedJob[],
): Promise<readonly AwsCall[]> {
  let expected = 0;
  for (const { id } of jobs) {
    const journal = await runner.store.readJournal(id, 0, 1_000);
    expected += journal.filter((entry) => busEventOf(entry) !== null).length;
  }
  await until(`${expected} events are on the bus`, PUBLISHED_WITHIN_MS, () => {
    return eventsSent(meter.since(from)) >= expected;
  });
  return meter.since(from);
}

const putEventsSchema = z.object({ Entries: z.array(z.unknown()) });

function eventsSent(calls: readonly AwsCall[]): number {
  return calls
    .filter(({ operation }) => operation === 'AWSEvents.PutEvents')
    .reduce((total, { request }) => total + putEventsSchema.parse(request).Entries.length, 0);
}

/** Writes that DynamoDB refused, which cost units too and are in no stream. */
export function refusedWrites({ calls }: Usage): number {
  return calls.filter(({ operation, status }) => WRITING.has(operation) && status !== 200).length;
}
