import type { JobSpec } from '../../../core/contract/job-spec.ts';

/** What a job needs, as the design says it: written a second time, apart from the code under test. */
export interface ExpectedNeed {
  /** The text of the semaphore's key. */
  readonly name: string;
  readonly kind: 'admission' | 'slot' | 'lock' | 'resource';
  readonly units: number;
}

/** Units of a lock: an exclusive hold takes all of them, a shared one takes one. */
const EXCLUSIVE_UNITS = 1_000;

const needsBySpec = new WeakMap<JobSpec, readonly ExpectedNeed[]>();

/** Admission first, then locks and resources in the order of their names, and the slot last. */
export function expectedNeeds(spec: JobSpec): readonly ExpectedNeed[] {
  const known = needsBySpec.get(spec);
  if (known !== undefined) return known;
  const { project, queue } = spec;
  const nameOf = (kind: string, scope: string, name: string) =>
    JSON.stringify([scope === 'global' ? '*' : project, kind, name]);
  const sorted: ExpectedNeed[] = [
    ...spec.locks.map(({ name, mode, scope }) => ({
      name: nameOf('lock', scope, name),
      kind: 'lock' as const,
      units: mode === 'exclusive' ? EXCLUSIVE_UNITS : 1,
    })),
    ...spec.resources.map(({ name, units, scope }) => ({
      name: nameOf('resource', scope, name),
      kind: 'resource' as const,
      units,
    })),
  ].sort((one, other) => (one.name < other.name ? -1 : 1));
  const needs: readonly ExpectedNeed[] = [
    { name: nameOf('admission', 'project', queue), kind: 'admission', units: 1 },
    ...sorted,
    { name: nameOf('slot', 'project', queue), kind: 'slot', units: 1 },
  ];
  needsBySpec.set(spec, needs);
  return needs;
}
