import { type Change, changeOf } from './change.ts';
import type { Instant } from './instant.ts';
import type { Job } from './job.ts';

/** A person's note: allowed in every status, and it changes nothing else. */
export function addNote(job: Job, note: { actor: string; comment: string }, now: Instant): Change {
  return changeOf('add note', job, job, now, {
    actor: note.actor,
    entries: [{ kind: 'note', message: note.comment }],
  });
}

/** A line that an op's action writes into the journal. */
export function addLog(
  job: Job,
  line: { actor: string; message: string; op: { readonly index: number; readonly name: string } },
  now: Instant,
): Change {
  return changeOf('add log', job, job, now, {
    actor: line.actor,
    entries: [{ kind: 'log', op: line.op, message: line.message }],
  });
}
