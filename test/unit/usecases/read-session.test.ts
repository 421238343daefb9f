import { describe, expect, it } from 'vitest';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import type { SessionJob, SessionStore } from '../../../core/ports/session-store.ts';
import { jobsOfSession } from '../../../core/usecases/read-session.ts';

/** Many jobs under one session id, in the order of their ids. */
function sessionOf(projects: readonly string[]): SessionStore {
  const jobs = projects.map((project, n): SessionJob => {
    const jobId = jobIdSchema.parse(`01KAQ3R8ZZ${String(n).padStart(16, '0')}`);
    return { jobId, project, owner: 'ada' };
  });
  return {
    async listSession(_session, { after, limit }) {
      const from = after === undefined ? 0 : jobs.findIndex(({ jobId }) => jobId === after) + 1;
      return jobs.slice(from, from + limit);
    },
  };
}

const times = (count: number, project: string) => Array.from({ length: count }, () => project);
const ofWeb = ({ project }: SessionJob) => project === 'web';

describe('the jobs of a session', () => {
  it('are not hidden behind ten thousand that somebody else submitted under its id', async () => {
    const store = sessionOf([...times(10_001, 'media'), ...times(3, 'web')]);
    expect(await jobsOfSession({ store }, 'ada-7', ofWeb)).toHaveLength(3);
  });

  it('are read no further than anybody asks about', async () => {
    const store = sessionOf(times(10_600, 'web'));
    expect((await jobsOfSession({ store }, 'ada-7', ofWeb)).length).toBe(10_000);
  });
});
