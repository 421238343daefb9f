import { DUE_LANES } from '../../core/job/job.ts';
import { DUE_SHARDS } from '../../core/ports/job-store.ts';
import { type BillLine, billOf, gbSecondsOfJob } from './bill.ts';
import type { Invocations } from './invocations.ts';
import { PRICES } from './prices.ts';
import { readUnits } from './read-units.ts';
import type { Figure, Section } from './report.ts';
import { type Kind, OPS } from './sample-jobs.ts';
import { spreadOf } from './spread.ts';
import { withAwsToken } from './task-token.ts';
import type { Usage } from './usage.ts';
import { writeUnits } from './write-units.ts';
import { TARGET_WRITE_UNITS } from './write-units-section.ts';

const TARGET_DOLLARS = 300;

/** What a million jobs of each kind cost, counted from what really ran. */
export function billSection(usages: readonly Usage[], sweeps: readonly Invocations[]): Section {
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const usage of usages) {
    const { lines, dollars } = billOf(usageOfJob(usage, 'median'));
    const slow = billOf(usageOfJob(usage, 'p95')).dollars;
    const full = billOf({ ...usageOfJob(usage, 'median'), writeUnits: TARGET_WRITE_UNITS }).dollars;
    const name = `a million jobs of ${OPS} ${usage.kind} ops`;
    figures.push({ name, value: dollars, unit: 'dollars', target: TARGET_DOLLARS });
    figures.push(...lines.map((line) => lineFigure(usage.kind, line)));
    notes.push(
      `${usage.kind}: ${dollarText(slow)} if every invocation took its p95; ${dollarText(full)} with all ${TARGET_WRITE_UNITS} write units that the target leaves to a queue slot and a lock. A job's invocations (min–median–max): ${invocationsText(usage)}.`,
    );
  }
  return {
    title: 'Bill of a million jobs, us-east-1, on demand, without free tiers',
    figures,
    notes: [
      ...notes,
      "A job here is one POST, the workers' answers, and one GET when it is done. Logs and the functions behind actions are not in it.",
      "Write units are those with AWS's tokens, read units likewise, both by formula from what the functions asked of the table; events are the entries of PutEvents.",
      "GB-seconds take each function's median duration of this run at the memory it is deployed with: an estimate, since here a function shares the machine with the whole local AWS, and there it has a vCPU for each 1,769 MB of memory.",
      'Jobs ran one after the other, so publish-journal had batches of one job; side by side they share its calls.',
      sweepsText(sweeps),
      'Not built, so not in it: queue slots, locks, schedules.',
    ],
  };
}

function usageOfJob(usage: Usage, percentile: 'median' | 'p95') {
  return {
    transitions: usage.transitions,
    writeUnits: writeUnits(usage.writes, withAwsToken).total,
    readUnits: readUnits(usage.calls, withAwsToken),
    httpRequests: usage.httpRequests,
    busEvents: usage.busEvents,
    lambdaRequests:
      usage.invocations.reduce((total, { durationsMs }) => total + durationsMs.length, 0) / usage.invokedFor,
    lambdaGbSeconds: gbSecondsOfJob(usage.invocations, usage.invokedFor, percentile),
  };
}

function lineFigure(kind: Kind, { what, perJob, dollars }: BillLine): Figure {
  const quantity = Number.isInteger(perJob) ? String(perJob) : perJob.toFixed(perJob < 1 ? 3 : 1);
  return { name: `${kind}: ${what}, ${quantity} a job`, value: dollars, unit: 'dollars' };
}

function invocationsText({ invocations, invokedFor }: Usage): string {
  return invocations
    .map(({ of, durationsMs }) => {
      const { min, median, max } = spreadOf(durationsMs);
      return `${of.name} ${durationsMs.length / invokedFor} (${min}–${median}–${max} ms)`;
    })
    .join(', ');
}

const HOURS_A_MONTH = 730;
const SWEEPS_A_MONTH = HOURS_A_MONTH * 60;
/** One query a lane and shard, which finds nothing: half a unit each, being eventually consistent. */
const SWEEP_READ_UNITS = (DUE_LANES.length * DUE_SHARDS) / 2;

/** The sweeper runs whether there are jobs or not. */
function sweepsText(sweeps: readonly Invocations[]): string {
  const durations = sweeps.flatMap(({ durationsMs }) => durationsMs);
  if (durations.length === 0) return 'The sweeper did not run in this time; it is not in the bill.';
  const gbSeconds = gbSecondsOfJob(sweeps, durations.length, 'median');
  const each = PRICES.lambdaRequest + gbSeconds * PRICES.lambdaGbSecond + SWEEP_READ_UNITS * PRICES.readUnit;
  return `Not by the job: the sweeper, ${SWEEPS_A_MONTH} times a month, ${dollarText(SWEEPS_A_MONTH * each)} (median ${spreadOf(durations).median} ms, ${SWEEP_READ_UNITS} read units).`;
}

function dollarText(dollars: number): string {
  return `$${dollars.toFixed(2)}`;
}
