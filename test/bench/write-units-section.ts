import type { Figure, Section } from './report.ts';
import { OPS } from './sample-jobs.ts';
import { AWS_TOKEN_CHARACTERS, asMeasured, withAwsToken } from './task-token.ts';
import type { Usage } from './usage.ts';
import { type WriteUnits, writeUnits } from './write-units.ts';

/** For a job of five ops with a queue slot and a lock, uncontended. */
export const TARGET_WRITE_UNITS = 150;

/** Write units of one whole job of each kind, from the records of the table's stream. */
export function writeUnitsSection(usages: readonly Usage[]): Section {
  const notes: string[] = [];
  const figures = usages.flatMap(({ kind, writes, calls }): readonly Figure[] => {
    const aws = writeUnits(writes, withAwsToken);
    const refused = calls.filter(({ operation, status }) => WRITES.has(operation) && status !== 200).length;
    notes.push(`${kind}, AWS's tokens: ${told(aws)}; ${refused} refused writes, which would cost units too.`);
    const figure = (tokens: string, { total }: WriteUnits) => ({
      name: `${OPS} ${kind} ops, ${tokens} tokens`,
      value: total,
      unit: 'units',
      target: TARGET_WRITE_UNITS,
    });
    return [figure("the emulator's", writeUnits(writes, asMeasured)), figure("AWS's", aws)];
  });
  return {
    title: 'Write units of a job, by formula',
    figures,
    notes: [
      ...notes,
      'The target is for a job with a queue slot and a lock. Neither is built: these jobs have none, so what is left of the target is theirs to spend.',
      `An op holds its task token. AWS's have about ${AWS_TOKEN_CHARACTERS} characters, the emulator's ${emulatorTokens(usages).join(' or ')}: once as stored, once with a token of AWS's length put into each image.`,
      "Transactional (2 units a KB) is everything but the single conditional put that marks a try as dispatched, which the store's write mark tells in the record.",
      'Index entries hold keys only and are written after the transaction: 1 unit to add or remove, 2 to change, 0 to keep. If AWS doubles those of a transaction too, add them once more.',
      'Not built, so not measured: the contended job (target 210).',
    ],
  };
}

const WRITES: ReadonlySet<string> = new Set([
  'DynamoDB_20120810.TransactWriteItems',
  'DynamoDB_20120810.PutItem',
]);

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
