import { sees } from '../../core/access/caller.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { explainJob } from '../../core/usecases/explain-job.ts';
import { composeCatalog, composeStore } from '../runtime/composition.ts';
import { jobRoute } from '../runtime/job-route.ts';
import { TAKES_NOTHING } from '../runtime/parse-request.ts';
import { surroundings } from '../runtime/surroundings.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /jobs/{id}/why`: 200 `{standsAt, summary, movesWhen, line?, holders, holds, …}`, what the job
 * waits for, who has it, and what would move it. Jobs of projects that the caller may not see are hidden.
 */
export function explainJobRoute(deps: Pick<Deps, 'store' | 'catalog' | 'surroundings'>) {
  return jobRoute(deps, {
    ...ROUTES['explain-job'],
    ...TAKES_NOTHING,
    handle: async ({ caller, job }) => {
      const explained = await explainJob(deps, job, (project) => sees(caller, project));
      return explained.ok ? { status: 200, body: explained.explanation } : explained;
    },
  });
}

export const handler = explainJobRoute({ store: composeStore(), catalog: composeCatalog(), surroundings });
