import type { JobSpec } from '../contract/job-spec.ts';
import { scopeOf } from '../semaphore/scope.ts';
import type { Job } from './job.ts';
import { needsOf } from './needs.ts';

/**
 * Fences of the locks that a job holds, by the lock's name; `global:<name>` for those of all projects.
 * A store that remembers the highest refuses whoever held the lock before.
 */
export function fencesOf(job: Job, spec: JobSpec): Readonly<Record<string, number>> {
  const needs = needsOf(spec);
  return Object.fromEntries(
    job.holds.flatMap(({ need, fence }): [string, number][] => {
      const key = needs[need]?.key;
      if (key?.kind !== 'lock') return [];
      return [[scopeOf(key) === 'global' ? `global:${key.name}` : key.name, fence]];
    }),
  );
}
