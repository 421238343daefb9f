import type { Figure, Section } from './report.ts';
import { OPS } from './sample-jobs.ts';
import { AWS_TOKEN_CHARACTERS, asMeasured, withAwsToken } from './task-token.ts';
import { type Form, IDLE_MS, LINE_JOBS, refusedWrites, type Usage } from './usage.ts';
import { type WriteUnits, writeUnits } from './write-units.ts';

/** For a job of five ops with a queue slot and a lock. A plain one is for comparison. */
const TARGETS: Readonly<Record<Form, number | undefined>> = {
  plain: undefined,
  uncontended: 150,
  contended: 210,
};

/** What a job of each form needs, in words. */
export const FORM_WORDS: Readonly<Record<Form, string>> = {
  plain: 'neither slot nor lock',
  uncontended: 'slot and lock, uncontended',
  contended: 'slot and lock, contended',
};

const MS_PER_SECOND = 1_000;

/** Write units of one whole job of each kind and form, from the records of the table's stream. */
export function writeUnitsSection(usages: readonly Usage[]): Section {
  const notes: string[] = [];
  const figures = usages.flatMap((usage): readonly Figure[] => {
    const { kind, form, writes, commits, idleCalls } = usage;
    const name = `${OPS} ${kind} ops, ${FORM_WORDS[form]}`;
    const aws = writeUnits(writes, withAwsToken);
    notes.push(`${name}, AWS's tokens: ${told(aws)}, in ${commits} commits${refusedText(usage)}.`);
    const target = TARGETS[form];
    const figure = (tokens: string, { total }: WriteUnits): Figure => ({
      name: `${name}, ${tokens} tokens`,
      value: total,
      unit: 'units',
      ...(target === undefined ? {} : { target }),
    });
    const units = [figure("the emulator's", writeUnits(writes, asMeasured)), figure("AWS's", aws)];
    return idleCalls === undefined ? units : [...units, idleFigure(idleCalls)];
  });
  return {
    title: 'Write units of a job, by formula',
    figures,
    notes: [
      ...notes,
      `Contended: the middle one of a line of ${LINE_JOBS} jobs on one lock. It waits behind two, and two wait behind it.`,
      "A commit is the job's whose head it writes first, and all its items count there: so the hand-off, which writes the next job's hold, place and head too, is on the account of the job that gives the lock back. What a job saves by being granted its lock it spends on granting the next.",
      `An op holds its task token. AWS's have about ${AWS_TOKEN_CHARACTERS} characters, the emulator's ${emulatorTokens(usages).join(' or ')}: once as stored, once with a token of AWS's length put into each image.`,
      'Transactional (2 units a KB) is what the functions wrote by TransactWriteItems, as the meter saw them; the rest are single conditional puts that mark a try as dispatched.',
      'Index entries hold keys only and are written after the transaction: 1 unit to add or remove, 2 to change, 0 to keep. If AWS doubles those of a transaction too, add them once more.',
    ],
  };
}

/** While a line stands still, nobody asks AWS for anything. */
function idleFigure(calls: number): Figure {
  return {
    name: `calls of AWS in ${IDLE_MS / MS_PER_SECOND} s while a line of ${LINE_JOBS} jobs only waits`,
    value: calls,
    unit: 'calls',
    target: 0,
  };
}

function refusedText(usage: Usage): string {
  const refused = refusedWrites(usage);
  const jobs = usage.calledFor === 1 ? '' : ` by all ${usage.calledFor} jobs`;
  return `; ${refused} refused writes${jobs}, which would cost units too`;
}

function told({ byItem, indexes, itemsTransactional, itemsAlone }: WriteUnits): string {
  const parts = Object.entries(byItem).map(([what, units]) => `${what} ${units}`);
  return `${[...parts, `indexes ${indexes}`].join(', ')}; ${itemsTransactional} items in transactions, ${itemsAlone} alone`;
}

function emulatorTokens(usages: readonly Usage[]): readonly number[] {
  const lengths = usages.flatMap(({ writes }) =>
    writes.flatMap(({ after }) => {
      const token = after?.['token']?.S;
      return token === undefined ? [] : [token.length];
    }),
  );
  return [...new Set(lengths)];
}
