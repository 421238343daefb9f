import type { Refused } from '../contract/error-codes.ts';
import type { Change } from '../job/change.ts';
import type { JobId } from '../job/identifiers.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import { addLog } from '../job/journal-notes.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { runningTry, type WorkersTry } from './worker-try.ts';

type Decided = { readonly ok: true; readonly change: Change } | (Refused & { readonly change: null });

/** A line that a running try writes into the journal. */
export async function logOp(
  deps: Pick<Deps, 'store' | 'catalog' | 'surroundings'>,
  jobId: JobId,
  { message, ...named }: WorkersTry & { readonly message: string },
): Promise<{ readonly ok: true; readonly entry: JournalEntry } | Refused> {
  const decided = await changeJob(deps, async (): Promise<Decided> => {
    const now = deps.surroundings.now();
    const found = await runningTry(deps, jobId, named, now);
    if (!found.ok) return { ...found, change: null };
    const { index, name } = found.op;
    return { ok: true, change: addLog(found.job, { actor: named.actor, message, op: { index, name } }, now) };
  });
  if (!decided.ok) return { ok: false, refusal: decided.refusal };
  const [entry] = decided.change.entries;
  if (entry === undefined) throw new Error('a line was added to the journal and has no entry');
  return { ok: true, entry };
}
