import { actionProblems } from '../contract/action-catalog.ts';
import { type InputProblem, type Refused, refused, refusedInput } from '../contract/error-codes.ts';
import type { JobSpec, OpSpec } from '../contract/job-spec.ts';
import { jsonBytes, LIMITS } from '../contract/limits.ts';
import { isDeleted } from '../job/delete-job.ts';
import type { Job } from '../job/job.ts';
import { submitJob as decideSubmit, type Submitter } from '../job/submit-job.ts';
import { referenceProblems } from '../op/references.ts';
import type { Deps } from '../ports/deps.ts';
import { changeJob } from './change-job.ts';
import { runEffects } from './run-effect.ts';

/** A specification that its schema accepted, and who submits it. */
export interface Submission {
  readonly spec: JobSpec;
  readonly submitter: Submitter;
  /** The same key and body again answer the job that the first call made. */
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
}

export type Submitted = { readonly ok: true; readonly job: Job; readonly replayed: boolean } | Refused;

/** How long an Idempotency-Key is remembered, at least. */
const IDEMPOTENCY_MS = 24 * 60 * 60 * 1000;

/** Stores a job, all of it or nothing, and starts it. */
export async function submitJob(deps: Deps, submission: Submission): Promise<Submitted> {
  const { spec, submitter, idempotency } = submission;
  const problems = checkSpec(deps, spec);
  if (problems !== null) return problems;
  const now = deps.surroundings.now();
  const id = deps.surroundings.jobId();
  const change = decideSubmit(id, spec, submitter, {
    now,
    liveness: deps.liveness,
    ...(idempotency === undefined
      ? {}
      : {
          idempotency: {
            ...idempotency,
            project: spec.project,
            owner: submitter.user,
            expiresAt: now + IDEMPOTENCY_MS,
          },
        }),
  });
  const committed = await changeJob(
    deps,
    async () => ({ change }),
    // A commit whose answer was lost meets its own job, or its own key: then it was done.
    (conflict) => {
      if (conflict.kind === 'idempotencyKey') return conflict.record.jobId === id ? { change } : conflict;
      return conflict.kind === 'version' && conflict.current?.id === id ? { change } : null;
    },
  );
  if ('kind' in committed) return replay(deps, submission, committed.record);
  await runEffects(deps, change.job);
  return { ok: true, job: change.job, replayed: false };
}

/** Everything that is wrong with a specification beyond its shape; null if nothing is. */
export function checkSpec(deps: Pick<Deps, 'catalog'>, spec: JobSpec): Refused | null {
  const problems = [
    ...sizeProblems(spec),
    ...orderProblems(spec),
    ...actionProblems(spec, deps.catalog),
    ...spec.ops.flatMap((op, position) => [
      ...referenceProblems(spec, op.input, { path: `ops.${position}.input`, position, own: false }),
      ...referenceProblems(spec, op.rollback?.input ?? {}, {
        path: `ops.${position}.rollback.input`,
        position,
        own: true,
      }),
    ]),
  ];
  return problems.length === 0 ? null : refusedInput(problems);
}

async function replay(
  deps: Pick<Deps, 'store'>,
  submission: Submission,
  record: { readonly bodyHash: string; readonly jobId: Job['id']; readonly key: string },
): Promise<Submitted> {
  if (record.bodyHash !== submission.idempotency?.bodyHash) {
    return refused(
      'IdempotencyKeyReused',
      `The Idempotency-Key '${record.key}' made job ${record.jobId} from another body. Use a new key for a new job.`,
    );
  }
  const job = await deps.store.readJob(record.jobId);
  if (job === null || isDeleted(job)) {
    return refused('JobNotFound', `Job ${record.jobId}, which this Idempotency-Key made, was deleted since.`);
  }
  return { ok: true, job, replayed: true };
}

function sizeProblems(spec: JobSpec): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  const bytes = jsonBytes(spec);
  if (bytes > LIMITS.specBytes) {
    const message = `the specification has ${bytes} bytes with its defaults; at most ${LIMITS.specBytes} are stored`;
    problems.push({ path: '', code: 'SpecTooLarge', message });
  }
  for (const [index, op] of spec.ops.entries()) {
    for (const [path, input] of inputsOf(op, index)) {
      const size = jsonBytes(input);
      if (size > LIMITS.inputBytes) {
        const message = `the input has ${size} bytes; at most ${LIMITS.inputBytes} travel to an action`;
        problems.push({ path, code: 'InputTooLarge', message });
      }
    }
  }
  return problems;
}

function inputsOf(op: OpSpec, index: number): readonly (readonly [string, unknown])[] {
  const own = [`ops.${index}.input`, op.input] as const;
  return op.rollback === undefined
    ? [own]
    : [own, [`ops.${index}.rollback.input`, op.rollback.input] as const];
}

const STEP_ORDER = { PRE: 0, RUN: 1, POST: 2 } as const;

function orderProblems(spec: JobSpec): readonly InputProblem[] {
  const names = new Set<string>();
  return spec.ops.flatMap((op, index): InputProblem[] => {
    const problems: InputProblem[] = [];
    const before = spec.ops[index - 1];
    if (before !== undefined && STEP_ORDER[before.step] > STEP_ORDER[op.step]) {
      const message = `a ${op.step} op cannot follow a ${before.step} op; ops run in the order they are listed`;
      problems.push({ path: `ops.${index}.step`, code: 'OpsOutOfOrder', message });
    }
    if (names.has(op.name)) {
      const message = `there is an op '${op.name}' already; names tell ops apart`;
      problems.push({ path: `ops.${index}.name`, code: 'DuplicateOpName', message });
    }
    names.add(op.name);
    return problems;
  });
}
