import type { JobSpec } from '../../../core/contract/job-spec.ts';

/** What a job needs, as the design says it: written a second time, apart from the code under test. */
export interface ExpectedNeed {
  /** The text of the semaphore's key. */
  readonly name: string;
  readonly kind: 'admission' | 'group' | 'slot' | 'lock' | 'resource';
  readonly units: number;
}

/** Whose child a job is. */
export interface Origin {
  /** What its ancestors hold while their ops of children run: in PRE only their queue. */
  readonly held: ReadonlySet<string>;
  /** The semaphore of its group, if it says how many go on at once. */
  readonly group: string | undefined;
}

/** Units of a lock: an exclusive hold takes all of them, a shared one takes one. */
const EXCLUSIVE_UNITS = 1_000;

/**
 * Admission first, then locks and resources in the order of their names, and the slot last. A child takes
 * its turn in its group instead of admission, and nothing that an ancestor holds.
 */
export function expectedNeeds(spec: JobSpec, origin?: Origin): readonly ExpectedNeed[] {
  const { project, queue } = spec;
  return [
    ...(origin === undefined
      ? [{ name: nameOf(project, 'admission', 'project', queue), kind: 'admission' as const, units: 1 }]
      : []),
    ...(origin?.group === undefined ? [] : [{ name: origin.group, kind: 'group' as const, units: 1 }]),
    ...sharedNeeds(spec).filter(({ name }) => origin?.held.has(name) !== true),
    { name: nameOf(project, 'slot', 'project', queue), kind: 'slot' as const, units: 1 },
  ];
}

/** Locks and resources, in the one order in which everybody takes them. */
export function sharedNeeds(spec: JobSpec): readonly ExpectedNeed[] {
  const { project, locks, resources } = spec;
  return [
    ...locks.map(({ name, mode, scope }) => ({
      name: nameOf(project, 'lock', scope, name),
      kind: 'lock' as const,
      units: mode === 'exclusive' ? EXCLUSIVE_UNITS : 1,
    })),
    ...resources.map(({ name, units, scope }) => ({
      name: nameOf(project, 'resource', scope, name),
      kind: 'resource' as const,
      units,
    })),
  ].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function nameOf(project: string, kind: string, scope: string, name: string): string {
  return JSON.stringify([scope === 'global' ? '*' : project, kind, name]);
}
