import type { Bench } from './bench-stack.ts';
import { type HandOff, HOLD_MS, IN_LINE, measureHandOffs } from './hand-off.ts';
import { overtakes } from './overtakes.ts';
import { POLL_SECONDS, runPollingSemaphore } from './polling-semaphore.ts';
import { PRICES } from './prices.ts';
import type { Figure, Section } from './report.ts';
import { type Spread, spreadOf } from './spread.ts';

/** An execution of one op: the Map, the op and the end, however long its job waited. */
const TARGET_TRANSITIONS = 3;

/** Of the polling machine where the unit is free: acquire, work, release. */
const POLLING_STATES = 3;

const JOBS = 1_000_000;
const MS_PER_SECOND = 1_000;

/** A line of jobs on one lock, and a line of executions that poll for one unit, on the same stack. */
export async function measureWaiting(bench: Bench): Promise<readonly Section[]> {
  const line = await measureHandOffs(bench);
  const ours = (name: string, of: (handOff: HandOff) => number, unit = 'ms') =>
    spreadFigure(name, unit, spreadOf(line.handOffs.map(of)));
  const handOffs: Section = {
    title: 'Hand-off of one lock (min / median / p95 / max)',
    figures: [
      ours('release to the next job committed to start', ({ startingAfter }) => startingAfter),
      ours("release to the next job's execution started", ({ executionAfter }) => executionAfter),
      ours("release to the next job's first op running", ({ runningAfter }) => runningAfter),
      ours('the lock idle: from the last op of one job to the first of the next', ({ idle }) => idle),
      ours('commits from standing in line to starting', ({ commits }) => commits, 'commits'),
      { name: 'overtakes', value: overtakes(line.places), unit: 'times', target: 0 },
      transitionsFigure('transitions of a job of one op', line.transitions, TARGET_TRANSITIONS),
    ],
    notes: [
      `${IN_LINE} jobs of one op stand in the line of one lock; an op is done ${HOLD_MS / MS_PER_SECOND} s after it began, when its worker says so.`,
      'The release is the moment at which the ending job decided to give the lock back, which its hand-off writes into the next hold: reading and committing that are in the times.',
      "The commits are the one that gives the lock back and lets the next job in, and that job's own, which commits its start; then one StartExecution. Both come from the function that ends the earlier job: nobody looks whether the lock is free.",
      "The emulator begins an execution 150 ms after it was started, and answers from memory: these are not AWS's times.",
    ],
  };
  return [handOffs, await measurePolling(bench)];
}

async function measurePolling({ stack }: Bench): Promise<Section> {
  const runs = await runPollingSemaphore(stack);
  const gaps = runs.flatMap(({ acquiredAt }, position): readonly number[] => {
    const before = runs[position - 1];
    return before === undefined ? [] : [acquiredAt - before.releasedAt];
  });
  const dollars = (transitions: number, writes: number) =>
    (transitions * PRICES.stateTransition + writes * PRICES.writeUnit) * JOBS;
  const mean = (values: readonly number[]) =>
    values.reduce((total, value) => total + value, 0) / values.length;
  const transitions = runs.map((run) => run.transitions);
  const writes = runs.map((run) => run.writes);
  const waited = runs.map(({ waitedMs }) => waitedMs / MS_PER_SECOND);
  const statesASecond = runs.flatMap((run) =>
    run.waitedMs < POLL_SECONDS * MS_PER_SECOND
      ? []
      : [(run.transitions - POLLING_STATES) / (run.waitedMs / MS_PER_SECOND)],
  );
  return {
    title: 'For comparison: a polling semaphore as a state machine (min / median / p95 / max)',
    figures: [
      spreadFigure('release to the next execution having the unit', 'ms', spreadOf(gaps)),
      { name: 'overtakes', value: overtakes(runs.map(({ place }) => place)), unit: 'times' },
      transitionsFigure('transitions of an execution', transitions),
      spreadFigure('conditional writes of an execution', 'writes', spreadOf(writes)),
      spreadFigure('waited', 's', spreadOf(waited)),
      spreadFigure('transitions a second of waiting', 'states', spreadOf(statesASecond)),
      {
        name: 'a million that wait as long as these on average',
        value: dollars(mean(transitions), mean(writes)),
        unit: 'dollars',
      },
      {
        name: 'a million that wait for an hour each',
        value: hourDollars(dollars),
        unit: 'dollars',
      },
    ],
    notes: [
      `The textbook: acquire by a conditional UpdateItem (dynamodb:updateItem, run by the emulator as AWS does), on ConditionalCheckFailedException wait ${POLL_SECONDS} s and try again, work, release. ${IN_LINE} executions for one unit, each holding it for ${HOLD_MS / MS_PER_SECOND} s, as in the line above.`,
      'It has no journal, no op, no fence and no answer to a dead holder; only waiting and handing on compare.',
      'Dollars are of its transitions and writes alone. A refused conditional write costs its unit too (Amazon DynamoDB Developer Guide, "Condition expressions"). The last line is arithmetic: two states and one write every so many seconds.',
      'Ours: the states that an execution enters do not depend on how long its job waited (line above), and no call is made meanwhile (write units below).',
    ],
  };
}

const SECONDS_AN_HOUR = 3_600;

function hourDollars(dollars: (transitions: number, writes: number) => number): number {
  const polls = SECONDS_AN_HOUR / POLL_SECONDS;
  return dollars(POLLING_STATES + 2 * polls, 2 + polls);
}

function spreadFigure(name: string, unit: string, spread: Spread): Figure {
  return { name: `${name}, median`, value: spread.median, unit, spread };
}

/** The worst counts: a target holds for each of them. */
function transitionsFigure(name: string, counts: readonly number[], target?: number): Figure {
  const spread = spreadOf(counts);
  return {
    name: `${name}, most`,
    value: spread.max,
    unit: 'states',
    spread,
    ...(target === undefined ? {} : { target }),
  };
}
