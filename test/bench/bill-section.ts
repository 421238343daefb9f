import { DUE_LANES } from '../../core/job/job.ts';
import { DUE_SHARDS } from '../../core/ports/job-store.ts';
import { type BillLine, billOf, gbSecondsOfJob } from './bill.ts';
import type { Invocations } from './invocations.ts';
import { PRICES } from './prices.ts';
import { readUnits } from './read-units.ts';
import type { Figure, Section } from './report.ts';
import { OPS } from './sample-jobs.ts';
import { spreadOf } from './spread.ts';
import { withAwsToken } from './task-token.ts';
import { LINE_JOBS, type Usage } from './usage.ts';
import { writeUnits } from './write-units.ts';
import { FORM_WORDS } from './write-units-section.ts';

/** For a job with a queue slot and a lock. */
const TARGET_DOLLARS = 300;

/** What a million jobs of each kind and form cost, counted from what really ran. */
export function billSection(usages: readonly Usage[], sweeps: readonly Invocations[]): Section {
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const usage of usages) {
    const { lines, dollars } = billOf(usageOfJob(usage, 'median'));
    const slow = billOf(usageOfJob(usage, 'p95')).dollars;
    const name = `${usage.kind}, ${FORM_WORDS[usage.form]}`;
    const million = `a million jobs of ${OPS} ops: ${name}`;
    const target = usage.form === 'plain' ? {} : { target: TARGET_DOLLARS };
    figures.push({ name: million, value: dollars, unit: 'dollars', ...target });
    figures.push(...lines.map((line) => lineFigure(name, line)));
    notes.push(
      `${name}: ${dollarText(slow)} if every invocation took its p95. A job's invocations (min–median–max): ${invocationsText(usage)}.`,
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
      `Reads, events and invocations of a contended job are those of a line of ${LINE_JOBS} jobs, divided among them: the first had no job to wait for, and nobody waited for the last.`,
    ],
  };
}

function usageOfJob(usage: Usage, percentile: 'median' | 'p95') {
  return {
    transitions: usage.transitions,
    writeUnits: writeUnits(usage.writes, withAwsToken).total,
    readUnits: readUnits(usage.calls, withAwsToken) / usage.calledFor,
    httpRequests: usage.httpRequests,
    busEvents: usage.busEvents,
    lambdaRequests:
      usage.invocations.reduce((total, { durationsMs }) => total + durationsMs.length, 0) / usage.invokedFor,
    lambdaGbSeconds: gbSecondsOfJob(usage.invocations, usage.invokedFor, percentile),
  };
}

function lineFigure(name: string, { what, perJob, dollars }: BillLine): Figure {
  const quantity = Number.isInteger(perJob) ? String(perJob) : perJob.toFixed(perJob < 1 ? 3 : 1);
  return { name: `${name}: ${what}, ${quantity} a job`, value: dollars, unit: 'dollars' };
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
/**
 * One query a shard of each lane of jobs and of the one of semaphores, which finds nothing: half a unit
 * each, being eventually consistent; and the place that the last sweep came to, read consistently.
 */
const SWEEP_READ_UNITS = ((DUE_LANES.length + 1) * DUE_SHARDS) / 2 + 1;

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
