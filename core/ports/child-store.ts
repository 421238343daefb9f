import type { ChildLink, ChildOutcome, Group, GroupRef } from '../children/group.ts';
import type { JobId } from '../job/identifiers.ts';

/**
 * Groups of children and who belongs to them. A group is opened and closed, and a child noted in it, by the
 * change of a job (see Change); what is here touches the group and one child's link alone, so that thousands
 * of children never meet at their parent's head. Every read is strongly consistent.
 */
export interface ChildStore {
  readGroup(ref: GroupRef): Promise<Group | null>;
  /** Groups of a job, by attempt, op and try; or only those of one op in one attempt. */
  listGroups(id: JobId, of?: { readonly attempt: number; readonly op: number }): Promise<readonly Group[]>;
  /** Links of the children from `from` up to and without `to`, by position; those not made are left out. */
  readChildren(ref: GroupRef, from: number, to: number): Promise<readonly ChildLink[]>;
  /**
   * Counts the end of a child, once: a repeat changes nothing. The group as it is then; null: it is gone, or
   * has no such child.
   */
  countChild(ref: GroupRef, child: number, outcome: ChildOutcome): Promise<Group | null>;
  /**
   * Notes a child that needs no job: its item makes none, or nothing of it is left to undo. It is noted and
   * counted in one. `noted`: also where it was before. `closed`: the group takes no more children.
   */
  passChild(link: ChildLink, outcome: ChildOutcome): Promise<'noted' | 'closed'>;
}
