import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobId } from '../job/identifiers.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import { addNote as decideNote } from '../job/journal-notes.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { readJob } from './read-job.ts';

export type Noted = { readonly ok: true; readonly entry: JournalEntry } | Refused;

/** Writes a person's note into the journal. */
export async function addNote(
  deps: Pick<Deps, 'store' | 'surroundings'>,
  jobId: JobId,
  note: { readonly actor: string; readonly comment: string },
): Promise<Noted> {
  const { change } = await changeJob(deps, async () => {
    const found = await readJob(deps, jobId);
    return { change: found === null ? null : decideNote(found.job, note, deps.surroundings.now()) };
  });
  const entry = change?.entries[0];
  return entry === undefined ? refused('JobNotFound', `There is no job ${jobId}.`) : { ok: true, entry };
}
