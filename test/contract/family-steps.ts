import { type ChildItem, childSpec } from '../../core/children/child-spec.ts';
import {
  type ChildLink,
  type Closed,
  GROUP_SCHEMA_VERSION,
  type Group,
  type GroupRef,
  newGroup,
} from '../../core/children/group.ts';
import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import type { Change } from '../../core/job/change.ts';
import type { Job } from '../../core/job/job.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { commit, jobId, RECEIVED_AT, submission } from './job-steps.ts';
import { noteWith } from './line-steps.ts';

/** The group of these tests, unless they say otherwise. */
export const GROUP: GroupRef = { jobId: jobId(1), attempt: 1, op: 0, try: 1 };

export const CLOSED: Closed = { how: 'canceled', at: RECEIVED_AT };

const SITE = { name: 'build', action: 'site-build', input: { site: { $item: 'site' } } };

/** A root, whose children have children of their own. */
export const ROOT_SPEC: JobSpec = jobSpecSchema.parse({
  name: 'publish-all',
  project: 'web',
  retention: 'P7D',
  locks: [{ name: 'all-sites' }],
  ops: [
    {
      name: 'sites',
      children: {
        items: [{ name: 'docs', pages: [{ site: 'docs/a' }, { site: null }] }],
        job: {
          name: { $item: 'name' },
          ops: [
            { name: 'pages', children: { items: { $item: 'pages' }, job: { name: 'page', ops: [SITE] } } },
          ],
        },
      },
    },
  ],
});

/** The n-th child's place in a group. */
export function linkOf(child: number, parts: Partial<ChildLink> = {}): ChildLink {
  return { ...GROUP, schema: GROUP_SCHEMA_VERSION, child, id: jobId(100 + child), ...parts };
}

/** The parent, stored with an open group. */
export async function parentOf(store: JobStore, total: number, ref = GROUP): Promise<Job> {
  const job = await commit(store, submission(ref.jobId));
  return commit(store, opening(job, newGroup(ref, 'run', total)));
}

export function opening(parent: Job, group: Group): Change {
  return noteWith(parent, { group: { kind: 'open', group } });
}

export function closingOf(parent: Job, ref = GROUP, closed = CLOSED): Change {
  return noteWith(parent, { group: { kind: 'close', ref, closed } });
}

/** The same for want of children: not once all of them are made. */
export function closingForWant(parent: Job): Change {
  return noteWith(parent, { group: { kind: 'close', ref: GROUP, closed: CLOSED, whileMaking: true } });
}

/** The submission of what becomes a child. */
export function joining(link: ChildLink): Change {
  return { ...submission(jobId(100 + link.child)), child: link };
}

/** The submission of a child that has an item in place of a specification. */
export function childSubmission(parentSpec: JobSpec, n: number, childItem: ChildItem): Change {
  const made = childSpec(parentSpec, childItem);
  if (!made.ok) throw new Error(made.message);
  const { spec: _made, ...change } = submission(jobId(n), { spec: made.spec });
  return { ...change, childItem };
}

/** Commits a change for as long as it is only in another's way. */
export async function commitAtLast(store: JobStore, change: Change): Promise<boolean> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const answer = await store.commit(change);
    if (answer.ok) return true;
    if (answer.conflict.kind !== 'contention') return false;
  }
  throw new Error(`${change.transition}: in another's way ${MOST_TRIES} times`);
}

const MOST_TRIES = 1_000;
