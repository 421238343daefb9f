import {
  type ChildLink,
  type ChildOutcome,
  type Closed,
  GROUP_SCHEMA_VERSION,
  type Group,
  type GroupRef,
  groupSemaphore,
} from '../../../core/children/group.ts';
import type { Change } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import { textOfKey } from '../../../core/semaphore/semaphore.ts';

/** A child by what was committed of it: made or passed over, and counted or not. */
export interface KnownChild {
  readonly link: ChildLink;
  readonly counted: ChildOutcome | undefined;
}

/** A group of children by what was committed of it. */
export interface KnownGroup {
  readonly ref: GroupRef;
  readonly verb: Group['verb'];
  readonly total: number;
  /** By position. */
  readonly children: Map<number, KnownChild>;
  closed: Closed | undefined;
  /** Who was counted last. */
  lastCounted: number | undefined;
  /** When something of it last changed. */
  movedAt: Instant;
}

/** Every group of children of a history. */
export class FamilyLedger {
  readonly #groups = new Map<string, KnownGroup>();
  readonly #byParent = new Map<JobId, Map<string, KnownGroup>>();

  get(ref: GroupRef): KnownGroup | undefined {
    return this.#groups.get(nameOfGroup(ref));
  }

  of(parent: JobId): Iterable<KnownGroup> {
    return this.#byParent.get(parent)?.values() ?? [];
  }

  all(): Iterable<KnownGroup> {
    return this.#groups.values();
  }

  /** What a change of a job does to its own group, and to the one that it becomes a child of. */
  apply({ group, child }: Pick<Change, 'group' | 'child'>, now: Instant): void {
    if (group?.kind === 'open') this.#open(group.group, now);
    if (group?.kind === 'close') {
      const known = this.get(group.ref);
      if (known !== undefined) Object.assign(known, { closed: group.closed, movedAt: now });
    }
    if (child !== undefined) this.put({ link: child, counted: undefined }, now);
  }

  put(child: KnownChild, now: Instant): void {
    const known = this.get(child.link);
    known?.children.set(child.link.child, child);
    if (known === undefined) return;
    known.movedAt = now;
    if (child.counted !== undefined) known.lastCounted = child.link.child;
  }

  remove(parent: JobId): void {
    for (const { ref } of this.of(parent)) this.#groups.delete(nameOfGroup(ref));
    this.#byParent.delete(parent);
  }

  #open({ jobId, attempt, op, try: number, verb, total }: Group, now: Instant): void {
    const ref = { jobId, attempt, op, try: number };
    const known = {
      ref,
      verb,
      total,
      children: new Map(),
      closed: undefined,
      lastCounted: undefined,
      movedAt: now,
    };
    this.#groups.set(nameOfGroup(ref), known);
    const siblings = this.#byParent.get(jobId) ?? new Map<string, KnownGroup>();
    this.#byParent.set(jobId, siblings.set(nameOfGroup(ref), known));
  }
}

/** The group as the store must have it: its counters are what its children are. */
export function storedGroup({ ref, verb, total, children, closed }: KnownGroup): Group {
  const counted = [...children.values()].flatMap((child) => child.counted ?? []);
  const counts: Partial<Record<ChildOutcome['status'], number>> = {};
  for (const { status } of counted) counts[status] = (counts[status] ?? 0) + 1;
  return {
    ...ref,
    schema: GROUP_SCHEMA_VERSION,
    verb,
    total,
    created: children.size,
    settled: counted.length,
    unsuccessful: counted.filter(({ unsuccessful }) => unsuccessful).length,
    counts,
    ...(closed === undefined ? {} : { closed }),
  };
}

/** Whether there will be no further child of it. */
export function isAllMade({ closed, children, total }: KnownGroup): boolean {
  return closed !== undefined || children.size === total;
}

/** Whether all of its children have been counted that there will ever be. */
export function isAllCounted(group: KnownGroup): boolean {
  return isAllMade(group) && [...group.children.values()].every(({ counted }) => counted !== undefined);
}

/** The semaphore of its concurrency, by the text of its key. */
export function lineOfGroup(project: string, ref: GroupRef): string {
  return textOfKey(groupSemaphore(project, ref));
}

export function nameOfGroup({ jobId, attempt, op, try: number }: GroupRef): string {
  return `${jobId}/${attempt}/${op}/${number}`;
}
