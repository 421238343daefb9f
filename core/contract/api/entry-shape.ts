import * as z from 'zod';
import { isoOf } from '../../job/instant.ts';
import { JOURNAL_KINDS, type JournalEntry } from '../../job/journal-entry.ts';

/** A journal entry as answers show it: what an op's worker was handed stays in the `Op Ready` event. */
export const entryShapeSchema = z.strictObject({
  serial: z.int(),
  at: z.iso.datetime(),
  kind: z.enum(JOURNAL_KINDS),
  message: z.string(),
  /** A user, or `jobplane` for what Jobplane did of itself. */
  actor: z.string(),
  attempt: z.int(),
  from: z.string().optional(),
  to: z.string().optional(),
  op: z.strictObject({ index: z.int(), name: z.string() }).optional(),
});

export type EntryShape = z.output<typeof entryShapeSchema>;

export function entryShape(entry: JournalEntry): EntryShape {
  const { serial, at, kind, message, actor, attempt, from, to, op } = entry;
  return {
    serial,
    at: isoOf(at),
    kind,
    message,
    actor,
    attempt,
    ...(from === undefined || from === null ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(op === undefined ? {} : { op }),
  };
}
