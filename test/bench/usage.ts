import * as z from 'zod';
import { busEventOf } from '../../core/contract/bus-events.ts';
import { until } from '../../local/until.ts';
import { type AwsCall, type CallMeter, meterFunctions, startCallMeter } from './aws-calls.ts';
import type { Bench } from './bench-stack.ts';
import { type Invocations, settledInvocations } from './invocations.ts';
import type { FinishedJob } from './run-job.ts';
import { KIND_NAMES, KINDS, type Kind } from './sample-jobs.ts';
import { type StoredWrite, writesOfJob } from './table-stream.ts';
import { executionsOf } from './transitions.ts';

/** Everything that a job of a kind made AWS do, as it was seen. */
export interface Usage {
  readonly kind: Kind;
  readonly transitions: number;
  readonly httpRequests: number;
  readonly writes: readonly StoredWrite[];
  /** What the control plane's functions asked of AWS for one job. */
  readonly calls: readonly AwsCall[];
  readonly busEvents: number;
  readonly invocations: readonly Invocations[];
  /** How many jobs the invocations are of. */
  readonly invokedFor: number;
}

/** Jobs of a kind by which invocations are counted and timed. */
const TIMED_JOBS = 5;

const PUBLISHED_WITHIN_MS = 30_000;

/** Serves no job: it runs each minute, whatever there is. */
export const SWEEP = 'sweep';

/**
 * Runs jobs of each kind twice over: some whose invocations are counted and timed, and then, with the
 * meter between functions and AWS, one whose calls are counted.
 */
export async function measureUsage(bench: Bench): Promise<readonly Usage[]> {
  const timed = new Map<Kind, readonly Invocations[]>();
  for (const kind of KIND_NAMES) timed.set(kind, await timedInvocations(bench, kind));
  const meter = await startCallMeter(bench.stack.emulatorUrl);
  try {
    const { stack } = bench;
    await meterFunctions(stack, jobFunctions(bench), meter);
    const usages: Usage[] = [];
    for (const kind of KIND_NAMES) {
      // The first job after a change of settings meets cold functions.
      await meteredJob(bench, meter, kind);
      const { job, calls } = await meteredJob(bench, meter, kind);
      const writes = await writesOfJob(stack, job.id);
      if (itemsWritten(calls) !== writes.length) {
        throw new Error(
          `functions wrote ${itemsWritten(calls)} items of a job and the stream has ${writes.length}: the meter missed some`,
        );
      }
      const paths = await executionsOf(stack, job.id);
      usages.push({
        kind,
        transitions: paths.reduce((total, { states }) => total + states.length, 0),
        httpRequests: job.requests,
        writes,
        calls,
        busEvents: eventsSent(calls),
        invocations: timed.get(kind) ?? [],
        invokedFor: TIMED_JOBS,
      });
    }
    return usages;
  } finally {
    await meter.close();
  }
}

function jobFunctions({ functions }: Bench) {
  return functions.filter(({ name }) => name !== SWEEP);
}

async function timedInvocations(bench: Bench, kind: Kind): Promise<readonly Invocations[]> {
  const { stack, runner } = bench;
  // What an earlier job still has published is not counted with this kind's.
  await settledInvocations(stack, jobFunctions(bench), Date.now());
  const since = Date.now();
  for (let job = 0; job < TIMED_JOBS; job += 1) await runner.run(KINDS[kind]);
  return settledInvocations(stack, jobFunctions(bench), since);
}

async function meteredJob(
  { runner }: Bench,
  meter: CallMeter,
  kind: Kind,
): Promise<{ readonly job: FinishedJob; readonly calls: readonly AwsCall[] }> {
  const from = meter.position();
  const job = await runner.run(KINDS[kind]);
  const journal = await runner.store.readJournal(job.id, 0, 1_000);
  const expected = journal.filter((entry) => busEventOf(entry) !== null).length;
  await until(`${expected} events of job ${job.id} are on the bus`, PUBLISHED_WITHIN_MS, () => {
    return eventsSent(meter.since(from)) >= expected;
  });
  return { job, calls: meter.since(from) };
}

const putEventsSchema = z.object({ Entries: z.array(z.unknown()) });

function eventsSent(calls: readonly AwsCall[]): number {
  return calls
    .filter(({ operation }) => operation === 'AWSEvents.PutEvents')
    .reduce((total, { request }) => total + putEventsSchema.parse(request).Entries.length, 0);
}

const transactionSchema = z.object({ TransactItems: z.array(z.unknown()) });

/** Of the calls that were not refused. */
function itemsWritten(calls: readonly AwsCall[]): number {
  return calls.reduce((items, { operation, request, status }) => {
    if (status !== 200) return items;
    if (operation === 'DynamoDB_20120810.PutItem') return items + 1;
    if (operation !== 'DynamoDB_20120810.TransactWriteItems') return items;
    return items + transactionSchema.parse(request).TransactItems.length;
  }, 0);
}
