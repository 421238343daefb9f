import { addNoteBodySchema } from '../../core/contract/api/add-note.ts';
import { entryShape } from '../../core/contract/api/entry-shape.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { addNote } from '../../core/usecases/add-note.ts';
import { composeStore } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `POST /jobs/{id}/note`: 201 with the journal entry. Allowed in every status.
 *
 * Errors: MessageTooLarge.
 */
export function addNoteRoute(deps: Pick<Deps, 'store' | 'surroundings'>) {
  return jobRoute(deps, {
    ...ROUTES['add-note'],
    ...TAKES_NOTHING,
    body: addNoteBodySchema,
    handle: async ({ caller, job, body: { comment } }) => {
      const noted = await addNote(deps, job.id, { actor: caller.user, comment });
      return noted.ok ? { status: 201, body: entryShape(noted.entry) } : noted;
    },
  });
}

export const handler = addNoteRoute({ store: composeStore(), surroundings });
