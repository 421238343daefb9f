import { expect } from 'vitest';
import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import type { AdmissionFacts } from '../../core/job/admission.ts';
import { type CancelCommand, cancelJob } from '../../core/job/cancel-job.ts';
import type { Change, Decision, IdempotencyRecord } from '../../core/job/change.ts';
import { completeOp, type Outcome } from '../../core/job/complete-op.ts';
import { deleteJob } from '../../core/job/delete-job.ts';
import { finishJob } from '../../core/job/finish-job.ts';
import { type JobId, jobIdSchema } from '../../core/job/identifiers.ts';
import type { Instant } from '../../core/job/instant.ts';
import { isLive, isWaiting, type Job, type SettledJob } from '../../core/job/job.ts';
import type { LineFacts, LinesOfNeeds } from '../../core/job/line-facts.ts';
import type { LivenessPolicy } from '../../core/job/live-segment.ts';
import { needsOf } from '../../core/job/needs.ts';
import { performOp } from '../../core/job/perform-op.ts';
import { rerunJob } from '../../core/job/rerun-job.ts';
import { submitJob } from '../../core/job/submit-job.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { newSemaphore, UNLIMITED } from '../../core/semaphore/semaphore.ts';

/** When the jobs of these tests are received, unless they say otherwise. */
export const RECEIVED_AT: Instant = Date.UTC(2026, 10, 23, 9, 30);

export const LIVENESS: LivenessPolicy = { firstSeconds: 300, maxSeconds: 21_600 };

/** The n-th job id of a test. */
export function jobId(n: number): JobId {
  return jobIdSchema.parse(`01KAQ3R8ZZ${String(n).padStart(16, '0')}`);
}

/** A plain job of as many ops. */
export function plainSpec(ops = 1, name = 'publish-site'): JobSpec {
  return jobSpecSchema.parse({
    name,
    project: 'web',
    ops: Array.from({ length: ops }, (_, index) => ({ name: `op${index}`, action: 'site-build' })),
  });
}

/** A submission, decided. */
export function submission(
  id: JobId,
  parts: {
    readonly spec?: JobSpec;
    readonly at?: Instant;
    readonly idempotency?: Omit<IdempotencyRecord, 'jobId'>;
  } = {},
): Change {
  const spec = parts.spec ?? plainSpec();
  return submitJob(
    id,
    spec,
    { user: 'ada', groups: ['web:operator'] },
    {
      ...admissionFacts(spec, parts.at ?? RECEIVED_AT),
      lineUp: true,
      ...(parts.idempotency === undefined ? {} : { idempotency: parts.idempotency }),
    },
  );
}

/** A world in which the job is alone: no queue has limits, and nobody has used what it needs. */
function admissionFacts(spec: JobSpec, now: Instant): AdmissionFacts {
  return {
    now,
    liveness: LIVENESS,
    queue: null,
    lines: unusedLines(spec),
    dependencies: new Map(),
    rollback: 'none',
  };
}

function unusedLines(spec: JobSpec): LinesOfNeeds {
  return new Map(
    needsOf(spec).map(({ index, key }): [number, LineFacts] => [
      index,
      { semaphore: newSemaphore(key, UNLIMITED), first: [], heads: new Map() },
    ]),
  );
}

/** The start of an op's next try, decided on what is stored now. */
export async function start(store: JobStore, id: JobId, op: number, at = RECEIVED_AT): Promise<Change> {
  const { job, spec } = await stored(store, id);
  if (!isLive(job)) throw new Error(`job ${id} is ${job.status}`);
  const [known = null] = await store.readSomeOps(id, job.attempt, [op]);
  const { group, number } = job.segment;
  const answer = performOp(
    job,
    spec,
    known,
    { attempt: job.attempt, group, number, op, token: taskToken(op) },
    { now: at, nonce: `nonce of op ${op}`, kind: 'lambda', input: {} },
  );
  if (answer.kind !== 'dispatch' || answer.change === null) throw new Error(`op ${op} did not start`);
  return answer.change;
}

/** A task token as long as those of Step Functions can be: it makes up most of the op's item. */
function taskToken(op: number): string {
  return `token of op ${op} `.padEnd(TOKEN_CHARACTERS, 'x');
}

const TOKEN_CHARACTERS = 1024;

/** The completion of an op's current try, decided on what is stored now. */
export async function completion(
  store: JobStore,
  id: JobId,
  op: number,
  outcome: Outcome = { kind: 'succeeded' },
  at = RECEIVED_AT,
): Promise<Change> {
  const { job, spec } = await stored(store, id);
  const [known = null] = await store.readSomeOps(id, job.attempt, [op]);
  const completed = { attempt: job.attempt, op, try: known?.try ?? 1, outcome, actor: 'jobplane' };
  return decided(completeOp(job, spec, known, completed, at));
}

/** The end of a job whose ops are done, decided on what is stored now. */
export async function finish(store: JobStore, id: JobId, at = RECEIVED_AT): Promise<Change> {
  const { job, spec, ops } = await stored(store, id);
  if (!isLive(job)) throw new Error(`job ${id} is ${job.status}`);
  const { group, number } = job.segment;
  const command = { attempt: job.attempt, group, number, after: 'ops' } as const;
  const facts = { ...admissionFacts(spec, at), needs: needsOf(spec), spec };
  const change = finishJob(job, spec, ops, command, facts);
  if (change === null) throw new Error(`job ${id} has nothing to finish`);
  return change;
}

/** A cancel, decided on what is stored now. */
export async function cancel(store: JobStore, id: JobId, at = RECEIVED_AT): Promise<Change> {
  const { job, spec, ops } = await stored(store, id);
  const command: CancelCommand = { actor: 'ada', onlyIfQueued: false, force: false, rollback: true };
  const facts = { now: at, liveness: LIVENESS, spec, needs: needsOf(spec), lines: new Map() };
  return decided(cancelJob(job, ops, command, facts));
}

/** A rerun from its first op, decided on what is stored now. */
export async function rerun(store: JobStore, id: JobId, at = RECEIVED_AT): Promise<Change> {
  const { job, spec } = await stored(store, id);
  const command = { actor: 'ada', from: 'RUN', runNow: false } as const;
  return decided(rerunJob(job, spec, await store.readOps(id, 'all'), command, admissionFacts(spec, at)));
}

/** The mark that a settled job is to be deleted, decided on what is stored now. */
export async function deletion(store: JobStore, id: JobId, at = RECEIVED_AT): Promise<Change> {
  const { job } = await stored(store, id);
  return decided(deleteJob(job, 'ada', at));
}

/** Commits what nobody contests. */
export async function commit(store: JobStore, change: Change): Promise<Job> {
  expect(await store.commit(change)).toEqual({ ok: true });
  return change.job;
}

/** A job from its submission to its end. */
export async function wholeJob(
  store: JobStore,
  id: JobId,
  spec = plainSpec(),
  at = RECEIVED_AT,
): Promise<SettledJob> {
  await commit(store, submission(id, { spec, at }));
  for (const op of spec.ops.keys()) {
    const started = await start(store, id, op, at);
    await commit(store, started);
    for (const { op: begun } of started.ops) expect(await store.markDispatched(begun)).toBe(true);
    await commit(store, await completion(store, id, op, { kind: 'succeeded', result: { op } }, at));
  }
  const job = await commit(store, await finish(store, id, at));
  if (isLive(job) || isWaiting(job)) throw new Error(`job ${id} is ${job.status}`);
  return job;
}

/** What is stored of a job that must be there. */
export async function stored(store: JobStore, id: JobId) {
  const [job, spec] = await Promise.all([store.readJob(id), store.readSpec(id)]);
  if (job === null || spec === null) throw new Error(`there is no job ${id}`);
  return { job, spec, ops: await store.readOps(id, job.attempt) };
}

function decided<Answer>(decision: Decision<Answer>): Change {
  if (!decision.ok) throw new Error(decision.refusal.detail);
  if (decision.change === null) throw new Error('there is nothing to change');
  return decision.change;
}
