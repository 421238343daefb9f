import {
  type ChildLink,
  type ChildOutcome,
  childLinkSchema,
  type Group,
  type GroupRef,
  type GroupWrite,
  groupSchema,
} from '../../core/children/group.ts';
import type { Change } from '../../core/job/change.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import { childKey, childRange, groupKey } from '../../functions/adapters/dynamodb/keys.ts';
import { deepFrozen } from './deep-frozen.ts';

/** A job's groups and the links to their children, by the text by which they sort. */
interface Stored {
  readonly groups: Map<string, Group>;
  readonly links: Map<string, ChildLink>;
}

/** What a change does to groups. */
type Family = Pick<Change, 'group' | 'child'>;

/** Groups of children in memory: the part of {@link InMemoryJobStore} that is about families. */
export class InMemoryChildren {
  readonly #jobs = new Map<JobId, Stored>();

  readGroup(ref: GroupRef): Group | null {
    return this.#jobs.get(ref.jobId)?.groups.get(groupKey(ref).sk) ?? null;
  }

  listGroups(id: JobId, of?: Pick<GroupRef, 'attempt' | 'op'>): readonly Group[] {
    return inOrder(this.#jobs.get(id)?.groups)
      .map(([, group]) => group)
      .filter(({ attempt, op }) => of === undefined || (attempt === of.attempt && op === of.op));
  }

  readChildren(ref: GroupRef, from: number, to: number): readonly ChildLink[] {
    const range = childRange(ref, from, to);
    if (range === null) return [];
    return inOrder(this.#jobs.get(ref.jobId)?.links)
      .filter(([place]) => place >= range.first && place <= range.last)
      .map(([, link]) => link);
  }

  countChild(ref: GroupRef, child: number, outcome: ChildOutcome): Group | null {
    const link = this.#link(ref, child);
    const group = this.readGroup(ref);
    if (link === undefined || group === null) return null;
    if (link.counted !== undefined) return group;
    this.#putLink({ ...link, counted: outcome.status });
    return this.#putGroup(withEnd(group, outcome));
  }

  passChild(link: ChildLink, outcome: ChildOutcome): 'noted' | 'closed' {
    if (this.#link(link, link.child) !== undefined) return 'noted';
    const group = this.readGroup(link);
    if (group === null || group.closed !== undefined) return 'closed';
    this.#putLink({ ...link, counted: outcome.status });
    this.#putGroup(withEnd({ ...group, created: group.created + 1 }, outcome));
    return 'noted';
  }

  /** The group that is not as the change was decided on, by itself or by a child. */
  conflictWith({ group: write, child }: Family): GroupRef | null {
    if (write?.kind === 'open' && this.readGroup(write.group) !== null) return refOf(write.group);
    if (write?.kind === 'close' && !this.#closes(write)) return write.ref;
    if (child === undefined) return null;
    return this.#isOpen(child) && this.#link(child, child.child) === undefined ? null : refOf(child);
  }

  /** A change that conflicts with nothing. */
  write({ group: write, child }: Family): void {
    if (write?.kind === 'open') this.#putGroup(write.group);
    const closing = write?.kind === 'close' ? this.readGroup(write.ref) : null;
    if (write?.kind === 'close' && closing !== null) this.#putGroup({ ...closing, closed: write.closed });
    const joined = child === undefined ? null : this.readGroup(child);
    if (child === undefined || joined === null) return;
    this.#putLink(child);
    this.#putGroup({ ...joined, created: joined.created + 1 });
  }

  remove(id: JobId): void {
    this.#jobs.delete(id);
  }

  #closes({ ref, whileMaking }: Extract<GroupWrite, { kind: 'close' }>): boolean {
    const group = this.readGroup(ref);
    if (group === null || group.closed !== undefined) return false;
    return whileMaking !== true || group.created < group.total;
  }

  #isOpen(ref: GroupRef): boolean {
    const group = this.readGroup(ref);
    return group !== null && group.closed === undefined;
  }

  #link(ref: GroupRef, child: number): ChildLink | undefined {
    return this.#jobs.get(ref.jobId)?.links.get(childKey(ref, child).sk);
  }

  #putGroup(group: Group): Group {
    this.#stored(group.jobId).groups.set(groupKey(group).sk, deepFrozen(group));
    return group;
  }

  #putLink(link: ChildLink): void {
    this.#stored(link.jobId).links.set(childKey(link, link.child).sk, deepFrozen(link));
  }

  #stored(id: JobId): Stored {
    const stored = this.#jobs.get(id) ?? { groups: new Map(), links: new Map() };
    this.#jobs.set(id, stored);
    return stored;
  }
}

/** What a change does to groups, as it is stored: through its schemas. */
export function parsedFamily({ group, child }: Family): Family {
  return {
    ...(group === undefined ? {} : { group: parsedWrite(group) }),
    ...(child === undefined ? {} : { child: childLinkSchema.parse(child) }),
  };
}

function parsedWrite(write: GroupWrite): GroupWrite {
  return write.kind === 'open'
    ? { ...write, group: groupSchema.parse(write.group) }
    : { ...write, closed: groupSchema.shape.closed.unwrap().parse(write.closed) };
}

function withEnd(group: Group, { status, unsuccessful }: ChildOutcome): Group {
  return {
    ...group,
    settled: group.settled + 1,
    unsuccessful: group.unsuccessful + (unsuccessful ? 1 : 0),
    counts: { ...group.counts, [status]: (group.counts[status] ?? 0) + 1 },
  };
}

function refOf({ jobId, attempt, op, try: number }: GroupRef): GroupRef {
  return { jobId, attempt, op, try: number };
}

function inOrder<Value>(
  stored: ReadonlyMap<string, Value> | undefined,
): readonly (readonly [string, Value])[] {
  return [...(stored ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
}
