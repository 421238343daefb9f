import { BULK_ACTION } from '../contract/action-catalog.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { keyScope } from '../semaphore/scope.ts';
import { LOCK_UNITS, type SemaphoreKey, textOfKey } from '../semaphore/semaphore.ts';
import type { Segment } from './segment.ts';

/** One semaphore that a job takes units of before it starts. */
export interface Need {
  /** Position in the one order in which a job takes what it needs; what its head names holds and places by. */
  readonly index: number;
  readonly key: SemaphoreKey;
  readonly units: number;
  /** Of a semaphore that is first used with it: how much there is of it. */
  readonly capacity?: number;
}

/**
 * All that a job may ever need, in the order it is taken: admission to its queue, then locks and
 * resources in one sorted order that all jobs share, and the queue's slot last. Nobody waits while
 * holding a slot, and everything else is taken in one order, so there is no deadlock. A child's root was
 * admitted already; it takes its turn in its group first, and nothing that an ancestor holds. A bulk job
 * takes nothing: it may have to clear the very queue that is full.
 */
export function needsOf(
  spec: Pick<JobSpec, 'project' | 'queue' | 'locks' | 'resources' | 'ops' | 'family'>,
): readonly Need[] {
  if (spec.ops.some(({ action }) => action === BULK_ACTION)) return [];
  const { project, queue, family } = spec;
  const locks = spec.locks.map(({ name, mode, scope }) => ({
    key: { scope: keyScope(scope, project), kind: 'lock', name } as const,
    units: mode === 'exclusive' ? LOCK_UNITS : 1,
  }));
  const resources = spec.resources.map(({ name, units, scope }) => ({
    key: { scope: keyScope(scope, project), kind: 'resource', name } as const,
    units,
  }));
  const sorted = [...locks, ...resources].sort((one, other) =>
    textOfKey(one.key) < textOfKey(other.key) ? -1 : 1,
  );
  const asked = sorted.filter(({ key }) => family?.inherited[textOfKey(key)] === undefined);
  const needs = [
    ...(family === undefined
      ? [{ key: { scope: project, kind: 'admission', name: queue } as const, units: 1 }]
      : []),
    ...(family?.concurrency === undefined
      ? []
      : [
          {
            key: { scope: project, kind: 'group', name: family.concurrency.name } as const,
            units: 1,
            capacity: family.concurrency.capacity,
          },
        ]),
    ...asked,
    { key: { scope: project, kind: 'slot', name: queue } as const, units: 1 },
  ];
  return needs.map((need, index) => ({ index, ...need }));
}

/**
 * What a group of ops takes: PRE only admission and a slot of its queue, RUN everything, and a manual
 * rollback the job's locks and resources, since what undoes must not wait for what is to be done.
 */
export function needsOfGroup(spec: JobSpec, group: Segment['group']): readonly Need[] {
  const needs = needsOf(spec);
  switch (group) {
    case 'PRE':
      return needs.filter(({ key }) => isOfQueue(key) || key.kind === 'group');
    case 'RUN':
      return needs;
    case 'RECOVER':
      return needs.filter(({ key }) => key.kind === 'lock' || key.kind === 'resource');
  }
}

/** Whether the semaphore is one of a queue's two, which exist only while the queue has a limit. */
export function isOfQueue({ kind }: SemaphoreKey): boolean {
  return kind === 'admission' || kind === 'slot';
}
