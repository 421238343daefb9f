import * as z from 'zod';
import { type Refused, refused } from '../contract/error-codes.ts';
import { cursorOf, placeOfCursor } from '../contract/page-cursor.ts';
import type { Job } from '../job/job.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import type { Deps } from '../ports/deps.ts';
import type { JournalPublisher } from '../ports/journal-publisher.ts';

export type RepublishDeps = Pick<Deps, 'store'> & { readonly publisher: JournalPublisher };

export type Republished =
  | { readonly ok: true; readonly republished: number; readonly cursor?: string }
  | Refused;

/** Entries read by one call: at most 50 calls of the bus's API, which takes 10 events a call. */
export const ENTRIES_PER_CALL = 500;

/** Sends a job's journal entries to the bus again, oldest first. */
export async function republishJob(
  deps: RepublishDeps,
  job: Job,
  cursor: string | undefined,
): Promise<Republished> {
  const listing = { of: 'republish', project: job.project, filter: { job: job.id } };
  const from = cursor === undefined ? undefined : placeOfCursor(listing, cursor, z.int().min(0));
  if (from?.ok === false) return from;
  const entries = await deps.store.readJournal(job.id, from?.place ?? 0, ENTRIES_PER_CALL);
  const refusal = await publishEntries(deps.publisher, entries);
  if (refusal !== null) return refusal;
  const last = entries.at(-1)?.serial;
  const republished = entries.length;
  if (last === undefined || republished < ENTRIES_PER_CALL) return { ok: true, republished };
  return { ok: true, republished, cursor: cursorOf(listing, last) };
}

/** All of them or a refusal: what was sent all the same may be sent again, since consumers drop repeats. */
export async function publishEntries(
  publisher: JournalPublisher,
  entries: readonly JournalEntry[],
): Promise<Refused | null> {
  if (entries.length === 0) return null;
  const failed = await publisher.publish(entries);
  if (failed.length === 0) return null;
  return refused(
    'PublishingFailed',
    `The bus did not take ${failed.length} of ${entries.length} entries. Call again with the same body.`,
  );
}
