import type { ChildOutcome } from '../../../core/children/group.ts';
import type { ChildrenSpec } from '../../../core/contract/job-spec.ts';

/** How an op of children ends, where no clock of its own and no cancel decides. */
export type FamilyOutcome = 'ok' | 'tolerated' | 'fails';

/**
 * The design's policy written a second time: `cancelRest` forgives nothing; `continue` forgives some, as many
 * as `tolerate` says, and never all. What undoes forgives nothing.
 *
 * @param policy undefined: the children undo what they did
 */
export function familyOutcome(
  children: readonly Pick<ChildOutcome, 'unsuccessful'>[],
  policy: ChildrenSpec | undefined,
): FamilyOutcome {
  const bad = children.filter(({ unsuccessful }) => unsuccessful).length;
  if (bad === 0) return 'ok';
  if (policy?.onChildFailure !== 'continue' || bad === children.length) return 'fails';
  const { tolerate } = policy;
  if (tolerate === undefined) return 'tolerated';
  const isWithin =
    'count' in tolerate ? bad <= tolerate.count : bad * 100 <= tolerate.percent * children.length;
  return isWithin ? 'tolerated' : 'fails';
}
