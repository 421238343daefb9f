import { entryShape } from '../../core/contract/api/entry-shape.ts';
import { readJournalQuerySchema } from '../../core/contract/api/read-journal.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { readJournal } from '../../core/usecases/read-journal.ts';
import { composeStore } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /jobs/{id}/log`: 200 `{items}`, journal entries newer than a serial, oldest first; the next
 * page begins after the last serial. `?wait=` is a long poll: it answers with the first entry that
 * comes, or with none when the seconds are over.
 */
export function readJournalRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return jobRoute(deps, {
    ...ROUTES['read-journal'],
    ...TAKES_NOTHING,
    query: readJournalQuerySchema,
    handle: async ({ job, query: { newerThan, wait, limit } }) => {
      const entries = await readJournal(deps, job.id, { newerThan, limit, waitSeconds: wait });
      return { status: 200, body: { items: entries.map(entryShape) } };
    },
  });
}

export const handler = readJournalRoute({ store: composeStore(), surroundings });
