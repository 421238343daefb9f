import type { Bench } from './bench-stack.ts';
import {
  type Disturbance,
  type GrantRun,
  type GrantsOf,
  REFUSE_EVERY,
  RIVAL_PAUSE_MS,
  RIVALS,
  runGrants,
  SLOTS,
} from './grants.ts';
import { SINGLE_MS, TRANSACTION_MS } from './paced-store.ts';
import type { Figure, Section } from './report.ts';
import { spreadOf } from './spread.ts';

/** On one semaphore, with conflicts injected. */
const TARGET_GRANTS_A_SECOND = 25;

const MS_PER_SECOND = 1_000;

/** How many grants a second one semaphore gives, alone and with others in the way. */
export async function measureGrants({ stack }: Bench): Promise<Section> {
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const store of ['emulator', 'paced'] as const) {
    for (const kind of ['lock', 'slot'] as const) {
      for (const disturbance of DISTURBANCES[store]) {
        const run = await runGrants(stack, { kind, store, disturbance });
        const name = `${STORES[store]}: ${words(kind, store)}, ${DISTURBED[disturbance]}`;
        figures.push(rateFigure(name, run, disturbance));
        notes.push(`${name}: ${told(run)}.`);
      }
    }
  }
  return {
    title: 'Grants a second of one semaphore (min / median / p95 / max of whole seconds)',
    figures,
    notes: [
      ...notes,
      "The use cases run in one process, without functions and Step Functions. The lock: its holders are relieved by the use case behind POST /locks/release, one after the other, so what is between two grants is the hand-off and the next job's start, and nothing of a job.",
      `The slots: as many workers run whole jobs of one op and end them side by side, so the ops' commits are in the time.`,
      `Refusals: every ${REFUSE_EVERY}th commit, as DynamoDB refuses a transaction that meets another. Rivals: ${RIVALS} others line up in the same line and leave again, ${RIVAL_PAUSE_MS} ms after the last time, which changes the semaphore twice; what they meet is a real conflict. Whoever meets one waits at random, twice as long each time.`,
      `The emulator's latency is not DynamoDB's: it is one process that answers from memory, and shares the processor with all this. "At AWS's pace" is the same on a store in memory that takes ${SINGLE_MS} ms a request and ${TRANSACTION_MS} ms a transaction, and refuses one that meets another on the same item: medians of a public measurement from a Lambda function (github.com/alexdebrie/dynamodb-performance-testing, 2020: PutItem 7.55 ms, TransactWriteItems of five items 25.3 ms), reads taken for as slow as a put. A simulation and no measurement of AWS.`,
      `Arithmetic: transactions on one semaphore are serial, so ${TARGET_GRANTS_A_SECOND} a second leave ${MS_PER_SECOND / TARGET_GRANTS_A_SECOND} ms from reading its line to the commit. At that pace a hand-off reads the semaphores, then who is first, then their heads, and commits: ${3 * SINGLE_MS} + ${TRANSACTION_MS} ms.`,
    ],
  };
}

const DISTURBANCES: Readonly<Record<GrantsOf['store'], readonly Disturbance[]>> = {
  emulator: ['none', 'refusals'],
  paced: ['none', 'refusals', 'rivals'],
};

const DISTURBED: Readonly<Record<Disturbance, string>> = {
  none: 'undisturbed',
  refusals: 'with refusals',
  rivals: 'with refusals and rivals',
};

function words(kind: GrantsOf['kind'], store: GrantsOf['store']): string {
  return kind === 'lock' ? 'one exclusive lock' : `${SLOTS[store]} slots of one queue`;
}

const STORES: Readonly<Record<GrantsOf['store'], string>> = {
  emulator: 'emulator',
  paced: "at AWS's pace",
};

function rateFigure(name: string, { bySecond }: GrantRun, disturbance: Disturbance): Figure {
  return {
    name,
    value: bySecond.reduce((total, grants) => total + grants, 0) / bySecond.length,
    unit: 'a second',
    spread: spreadOf(bySecond),
    ...(disturbance !== 'none' ? { targetAtLeast: TARGET_GRANTS_A_SECOND } : {}),
  };
}

function told({ log, gaveUp }: GrantRun): string {
  const { grantedAt, committed, injected, conflicted } = log;
  return `${grantedAt.length} grants, what was begun brought to its end; ${committed} commits, ${injected} refused by injection, ${conflicted} by what had changed; given up ${gaveUp} times`;
}
