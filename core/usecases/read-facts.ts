import { type Group, groupRefOf } from '../children/group.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import type { AdmissionFacts } from '../job/admission.ts';
import type { AdvanceFacts } from '../job/advance-job.ts';
import type { JobId } from '../job/identifiers.ts';
import { type Job, placeOf } from '../job/job.ts';
import type { LineFacts } from '../job/line-facts.ts';
import { type Need, needsOf } from '../job/needs.ts';
import { type EndFacts, rollbackLeft } from '../job/settle.ts';
import type { Op } from '../op/op.ts';
import type { Deps } from '../ports/deps.ts';
import {
  LOCK_UNITS,
  newSemaphore,
  type Semaphore,
  type SemaphoreKey,
  UNLIMITED,
} from '../semaphore/semaphore.ts';
import { readOpsOf } from './read-ops.ts';

type Reading = Pick<Deps, 'store' | 'surroundings'>;

/** What a decision about a job's end needs: the lines of what it holds, and of the one it stands in. */
export async function readEndFacts(deps: Reading, job: Job, spec: JobSpec): Promise<EndFacts> {
  const needs = needsOf(spec);
  const place = placeOf(job)?.need;
  const had = new Set([...job.holds.map(({ need }) => need), ...(place === undefined ? [] : [place])]);
  const lines = await readLinesOf(
    deps,
    needs.filter(({ index }) => had.has(index)),
  );
  return { now: deps.surroundings.now(), spec, needs, lines, ...(await readGroupOf(deps, job)) };
}

/** The children that a job waits for. */
export async function readGroupOf(deps: Pick<Deps, 'store'>, job: Job): Promise<{ readonly group?: Group }> {
  const ref = groupRefOf(job);
  const group = ref === undefined ? null : await deps.store.readGroup(ref);
  return group === null ? {} : { group };
}

/** What admission needs to decide about a stored job. */
export async function readAdvanceFacts(
  deps: Reading & Pick<Deps, 'liveness'>,
  job: Job,
  spec: JobSpec,
  ops?: readonly Op[],
): Promise<AdvanceFacts> {
  const done = ops ?? (job.startedAt === undefined ? [] : await readOpsOf(deps, job));
  const facts = await readAdmissionFacts(deps, spec);
  return { ...facts, spec, needs: needsOf(spec), rollback: rollbackLeft(job, spec, done) };
}

/** What admission needs to decide about a job that is not stored yet. */
export async function readAdmissionFacts(
  deps: Reading & Pick<Deps, 'liveness'>,
  spec: JobSpec,
): Promise<AdmissionFacts> {
  const [queue, lines, heads] = await Promise.all([
    deps.store.readQueue(spec.project, spec.queue),
    readLinesOf(deps, needsOf(spec)),
    Promise.all(spec.dependsOn.map(({ job }) => deps.store.readJob(job))),
  ]);
  const dependencies = new Map(
    spec.dependsOn.map(({ job }, position): [JobId, Job | null] => [job, heads[position] ?? null]),
  );
  const now = deps.surroundings.now();
  return { now, liveness: deps.liveness, queue, lines, dependencies, rollback: 'none' };
}

/** The lines of these needs, by the need's index. */
export async function readLinesOf(
  deps: Reading,
  needs: readonly Need[],
): Promise<ReadonlyMap<number, LineFacts>> {
  const lines = await readLines(
    deps,
    needs.map(({ key }) => key),
  );
  return new Map(
    needs.flatMap(({ index, capacity }, position): [number, LineFacts][] => {
      const line = lines[position];
      if (line === undefined) return [];
      const isNew = capacity !== undefined && line.semaphore.ver === 0;
      return [[index, isNew ? { ...line, semaphore: { ...line.semaphore, capacity } } : line]];
    }),
  );
}

/** Lines with the heads of those who are first in them, in the order of the keys. */
export async function readLines(
  deps: Pick<Deps, 'store'>,
  keys: readonly SemaphoreKey[],
): Promise<readonly LineFacts[]> {
  if (keys.length === 0) return [];
  const stored = await deps.store.readLines(keys);
  const waiters = new Set(stored.flatMap(({ first }) => first.map(({ jobId }) => jobId)));
  const heads = new Map(
    (await Promise.all([...waiters].map((id) => deps.store.readJob(id)))).flatMap((job): [JobId, Job][] =>
      job === null ? [] : [[job.id, job]],
    ),
  );
  return keys.map((key, position) => {
    const line = stored[position];
    return { semaphore: line?.semaphore ?? unused(key), first: line?.first ?? [], heads };
  });
}

/** A resource that nobody has defined has no units; everything else is free until somebody limits it. */
function unused(key: SemaphoreKey): Semaphore {
  switch (key.kind) {
    case 'lock':
      return newSemaphore(key, LOCK_UNITS);
    case 'resource':
      return newSemaphore(key, 0);
    default:
      return newSemaphore(key, UNLIMITED);
  }
}
