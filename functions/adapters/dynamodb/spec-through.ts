import { type ChildItem, childSpec } from '../../../core/children/child-spec.ts';
import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { JobId } from '../../../core/job/identifiers.ts';

/** What is stored of a specification: all of it, or a child's item. */
export type StoredSpec = { readonly spec: JobSpec } | { readonly childItem: ChildItem };

/**
 * The specification of a job; a child's is made of its item and its parent's, up to the root. Null: one of
 * them is gone. That it can be made was checked before the child was.
 */
export async function specThrough(
  read: (id: JobId) => Promise<StoredSpec | null>,
  id: JobId,
): Promise<JobSpec | null> {
  const stored = await read(id);
  if (stored === null) return null;
  if ('spec' in stored) return stored.spec;
  const { childItem } = stored;
  const parentSpec = await specThrough(read, childItem.parent.id);
  if (parentSpec === null) return null;
  const made = childSpec(parentSpec, childItem);
  if (!made.ok) throw new Error(`the stored item of job ${id} makes no specification: ${made.message}`);
  return made.spec;
}
