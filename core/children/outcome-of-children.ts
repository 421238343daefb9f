import type { ChildrenSpec } from '../contract/job-spec.ts';
import type { Outcome } from '../job/complete-op.ts';
import type { Group } from './group.ts';

/** How the op of a group ended: its result counts them, and `tolerated` says that not all were well. */
export type ChildrenOutcome = Outcome & { readonly tolerated?: true };

/** What the op fails with where its children decide; the parent's rerun makes all of them again. */
export const CHILDREN_FAILED = 'ChildrenFailed';

/**
 * What became of the op whose children have all ended, by its policy: `continue` lets some of them be
 * unsuccessful, as many as `tolerate` says, and never all; `cancelRest` none.
 *
 * @param policy undefined for a rollback: every child must be undone
 */
export function outcomeOfChildren(group: Group, policy: ChildrenSpec | undefined): ChildrenOutcome {
  const { created, unsuccessful, closed } = group;
  if (closed?.error !== undefined) {
    return {
      kind: 'failed',
      error: { ...closed.error, message: `${closed.error.message}; ${summary(group)}` },
    };
  }
  const allowed = policy === undefined ? 0 : allowedBy(policy, created);
  if (unsuccessful > allowed) {
    return { kind: 'failed', error: { code: CHILDREN_FAILED, message: summary(group) } };
  }
  const warned = group.counts.COMPLETED_WITH_WARNINGS ?? 0;
  const warnings = [
    ...(unsuccessful === 0 ? [] : [`${unsuccessful} of ${created} children did not succeed`]),
    ...(warned === 0 ? [] : [`${warned} of ${created} children completed with warnings`]),
  ];
  return {
    kind: 'succeeded',
    result: {
      total: created,
      unsuccessful,
      statuses: { ...group.counts },
      ...(warnings.length === 0 ? {} : { warnings }),
    },
    ...(unsuccessful === 0 ? {} : { tolerated: true }),
  };
}

/** How many of them may be unsuccessful. */
function allowedBy({ onChildFailure, tolerate }: ChildrenSpec, created: number): number {
  if (onChildFailure === 'cancelRest') return 0;
  const asked =
    tolerate === undefined
      ? created
      : 'count' in tolerate
        ? tolerate.count
        : Math.floor((created * tolerate.percent) / 100);
  return Math.max(0, Math.min(asked, created - 1));
}

/** `3 children: 2 COMPLETED_OK, 1 FAILED`, in words for journals and errors. */
export function summary({ created, counts }: Pick<Group, 'created' | 'counts'>): string {
  const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  return [`${created} ${created === 1 ? 'child' : 'children'}`, parts.join(', ')]
    .filter((part) => part !== '')
    .join(': ');
}
