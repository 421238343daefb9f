import { templateProblems } from '../children/template-problems.ts';
import { type ActionCatalog, actionProblems } from '../contract/action-catalog.ts';
import { type InputProblem, type Refused, refused, refusedInput } from '../contract/error-codes.ts';
import type { JobSpec, OpSpec, ResourceSpec, SubmittedSpec } from '../contract/job-spec.ts';
import { jsonBytes, LIMITS } from '../contract/limits.ts';
import type { AdmissionFacts } from '../job/admission.ts';
import type { IdempotencyRecord } from '../job/change.ts';
import { isDeleted } from '../job/delete-job.ts';
import type { JobId } from '../job/identifiers.ts';
import type { Job } from '../job/job.ts';
import { needsOf } from '../job/needs.ts';
import { submitJob as decideSubmit, type Origin, type Submitter } from '../job/submit-job.ts';
import { referenceProblems } from '../op/references.ts';
import type { Deps } from '../ports/deps.ts';
import { DEFAULT_QUEUE } from '../queue/queue.ts';
import { keyScope } from '../semaphore/scope.ts';
import { type Semaphore, textOfKey } from '../semaphore/semaphore.ts';
import { refusedByQuota } from './ask-quotas.ts';
import { carryOut, carryOutJob } from './carry-out.ts';
import { ContendedError, changeJob } from './change-job.ts';
import { readAdmissionFacts } from './read-facts.ts';

/** A specification that its schema accepted, and who submits it. */
export interface Submission {
  readonly spec: SubmittedSpec;
  readonly submitter: Submitter;
  /** The same key and body again answer the job that the first call made. */
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
  /** Chosen before, so that a repeat finds the job that an earlier call stored. */
  readonly id?: JobId;
  /** Who submits it for the submitter; none: they do by themselves. */
  readonly origin?: Origin;
  /** Made by Jobplane itself, which alone may name its own actions. */
  readonly isOurs?: true;
}

export type Submitted = { readonly ok: true; readonly job: Job; readonly replayed: boolean } | Refused;

/** How long an Idempotency-Key is remembered, at least. */
const IDEMPOTENCY_MS = 24 * 60 * 60 * 1000;

/** A submission with what the deployment adds to it. */
interface Completed extends Submission {
  readonly spec: JobSpec;
}

/** Stores a job, all of it or nothing, and starts it if nothing is in its way. */
export async function submitJob(deps: Deps, submitted: Submission): Promise<Submitted> {
  const submission: Completed = { ...submitted, spec: asStored(deps, submitted.spec) };
  if (submission.id !== undefined && (await deps.store.readJob(submission.id)) !== null) {
    return storedBefore(deps, submission.id);
  }
  const checked = await checkSubmission(deps, submission.spec, submission.isOurs);
  if (!checked.ok) return replayOrRefuse(deps, submission, checked);
  const overQuota = await refusedByQuota(deps, submission.spec.project);
  if (overQuota !== null) return replayOrRefuse(deps, submission, overQuota);
  const id = submission.id ?? deps.surroundings.jobId();
  const decided = await store(deps, submission, id, { lineUp: true, facts: checked.facts }).catch(
    (error: unknown) => {
      if (!(error instanceof ContendedError)) throw error;
      // What many ask for at once must not keep anybody from submitting: the place in line is owed.
      return store(deps, submission, id, { lineUp: false });
    },
  );
  if ('record' in decided) return replay(deps, submission, decided.record);
  if ('stored' in decided) return storedBefore(deps, decided.stored);
  await carryOut(deps, decided.change);
  return { ok: true, job: decided.change.job, replayed: false };
}

/** A specification as it is stored: with the deployment's retention, if it says none. */
export function asStored({ retention }: Pick<Deps, 'retention'>, spec: SubmittedSpec): JobSpec {
  return { ...spec, retention: spec.retention ?? retention };
}

/** What is wrong with a submission, by itself or as the project is now; or what was read to find nothing. */
export async function checkSubmission(
  deps: Pick<Deps, 'catalog' | 'store' | 'surroundings' | 'liveness'>,
  spec: JobSpec,
  isOurs = false,
): Promise<{ readonly ok: true; readonly facts: AdmissionFacts } | Refused> {
  const problems = isOurs ? null : checkSpec(deps, spec);
  if (problems !== null) return problems;
  const facts = await readAdmissionFacts(deps, spec);
  if (isOurs) return { ok: true, facts };
  return submissionProblems(spec, facts) ?? { ok: true, facts };
}

/**
 * Stores the job, or finds what was stored before under its key or its id.
 *
 * @param how.facts what was read already: the first decision is made on that
 */
function store(
  deps: Deps,
  { spec, submitter, idempotency, origin }: Completed,
  id: JobId,
  how: { readonly lineUp: boolean; readonly facts?: AdmissionFacts },
) {
  let read = how.facts;
  return changeJob(
    deps,
    async () => {
      const facts = read ?? (await readAdmissionFacts(deps, spec));
      read = undefined;
      const { project } = spec;
      const expiresAt = facts.now + IDEMPOTENCY_MS;
      const remembered =
        idempotency === undefined
          ? {}
          : { idempotency: { ...idempotency, project, owner: submitter.user, expiresAt } };
      const from = origin === undefined ? {} : { origin };
      const context = { ...facts, ...remembered, ...from, lineUp: how.lineUp };
      return { change: decideSubmit(id, spec, submitter, context) };
    },
    // A commit whose answer was lost meets its own job, or its own key: then it was done.
    (conflict): { readonly stored: JobId } | { readonly record: IdempotencyRecord } | null => {
      if (conflict.kind === 'idempotencyKey') {
        return conflict.record.jobId === id ? { stored: id } : { record: conflict.record };
      }
      return conflict.kind === 'version' && conflict.current?.id === id ? { stored: id } : null;
    },
  );
}

/** What was stored by the call whose answer was lost, with what it left to be done. */
async function storedBefore(deps: Deps, id: JobId): Promise<Submitted> {
  const job = await deps.store.readJob(id);
  if (job === null) return refused('JobNotFound', `Job ${id} was deleted since it was submitted.`);
  await carryOutJob(deps, job);
  return { ok: true, job, replayed: false };
}

/** A key that made a job answers that job, whatever the queue has become since. */
async function replayOrRefuse(deps: Deps, submission: Submission, problems: Refused): Promise<Submitted> {
  const { spec, submitter, idempotency } = submission;
  if (idempotency === undefined) return problems;
  const record = await deps.store.readIdempotency(spec.project, submitter.user, idempotency.key);
  if (record === null || record.expiresAt <= deps.surroundings.now()) return problems;
  return replay(deps, submission, record);
}

/** Everything that is wrong with a specification beyond its shape; null if nothing is. */
export function checkSpec({ catalog }: Pick<Deps, 'catalog'>, spec: JobSpec): Refused | null {
  const check = (template: JobSpec) => specProblems(template, catalog);
  const problems = [...sizeProblems(spec), ...check(spec), ...templateProblems(spec, check)];
  return problems.length === 0 ? null : refusedInput(problems);
}

/** What is wrong with a specification beyond its size, or with a template of children. */
function specProblems(spec: JobSpec, catalog: ActionCatalog): readonly InputProblem[] {
  return [
    ...orderProblems(spec),
    ...needProblems(spec),
    ...actionProblems(spec, catalog),
    ...spec.ops.flatMap((op, position) => [
      ...referenceProblems(spec, op.input, { path: `ops.${position}.input`, position, own: false }),
      ...referenceProblems(spec, op.rollback?.input ?? {}, {
        path: `ops.${position}.rollback.input`,
        position,
        own: true,
      }),
      ...referenceProblems(spec, op.children?.items ?? [], {
        path: `ops.${position}.children.items`,
        position,
        own: false,
      }),
    ]),
  ];
}

/** What is wrong with what the job asks for, as the project is now; null if nothing is. */
export function submissionProblems(spec: JobSpec, facts: AdmissionFacts): Refused | null {
  const { project } = spec;
  // A child's root was admitted.
  if (facts.queue?.draining === true && spec.family === undefined) {
    return refused(
      'QueueDraining',
      `Queue ${spec.queue} of project ${project} is draining and accepts no jobs. Submit to another queue, or wait until it accepts again.`,
    );
  }
  const problems = [
    ...(facts.queue === null && spec.queue !== DEFAULT_QUEUE ? [unknownQueue(spec)] : []),
    ...spec.resources.flatMap((resource, index) =>
      isInherited(spec, resource)
        ? []
        : resourceProblems(`resources.${index}`, resource, semaphoreOf(spec, resource, facts)),
    ),
    ...spec.dependsOn.flatMap(({ job }, index): InputProblem[] => {
      const found = facts.dependencies.get(job) ?? null;
      if (found !== null && found.project === project && !isDeleted(found)) return [];
      const message = `project ${project} has no job ${job}`;
      return [{ path: `dependsOn.${index}.job`, code: 'UnknownDependency', message }];
    }),
  ];
  return problems.length === 0 ? null : refusedInput(problems);
}

/** Whether an ancestor holds the resource for the job. */
function isInherited({ project, family }: JobSpec, { name, scope }: ResourceSpec): boolean {
  return family?.inherited[keyText(project, name, scope)] !== undefined;
}

function keyText(project: string, name: string, scope: ResourceSpec['scope']): string {
  return textOfKey({ scope: keyScope(scope, project), kind: 'resource', name });
}

/** Undefined: nobody has made the resource. */
function semaphoreOf(
  spec: JobSpec,
  { name, scope }: ResourceSpec,
  { lines }: AdmissionFacts,
): Semaphore | undefined {
  const asked = keyText(spec.project, name, scope);
  const need = needsOf(spec).find(({ key }) => textOfKey(key) === asked);
  const semaphore = need === undefined ? undefined : lines.get(need.index)?.semaphore;
  return semaphore?.ver === 0 ? undefined : semaphore;
}

function unknownQueue({ queue, project }: JobSpec): InputProblem {
  const message = `project ${project} has no queue '${queue}'; make it with PUT /queues/${queue}`;
  return { path: 'queue', code: 'UnknownQueue', message };
}

function resourceProblems(
  path: string,
  { name, units }: ResourceSpec,
  semaphore: Semaphore | undefined,
): readonly InputProblem[] {
  if (semaphore === undefined) {
    const message = `there is no resource '${name}'; make it with PUT /resources`;
    return [{ path: `${path}.name`, code: 'UnknownResource', message }];
  }
  if (units <= semaphore.capacity) return [];
  const message = `asks for ${units} units of '${name}', which has ${semaphore.capacity}`;
  return [{ path: `${path}.units`, code: 'UnitsAboveCapacity', message }];
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

/** A lock that is asked for twice would wait for itself. */
function needProblems({ locks, resources, dependsOn }: JobSpec): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  if (locks.length + resources.length > LIMITS.locksAndResources) {
    const message = `has ${locks.length} locks and ${resources.length} resources; at most ${LIMITS.locksAndResources} together`;
    problems.push({ path: 'locks', code: 'TooManyLocks', message });
  }
  const nameOf = ({ scope, name }: { scope: string; name: string }) => `${scope} ${name}`;
  return [
    ...problems,
    ...duplicates(locks.map(nameOf)).map((index): InputProblem => {
      const message = `the lock '${locks[index]?.name}' is asked for already`;
      return { path: `locks.${index}`, code: 'DuplicateLock', message };
    }),
    ...duplicates(resources.map(nameOf)).map((index): InputProblem => {
      const message = `the resource '${resources[index]?.name}' is asked for already; ask for its units together`;
      return { path: `resources.${index}`, code: 'DuplicateResource', message };
    }),
    ...duplicates(dependsOn.map(({ job }) => job)).map((index): InputProblem => {
      const message = `job ${dependsOn[index]?.job} is named already`;
      return { path: `dependsOn.${index}.job`, code: 'DuplicateDependency', message };
    }),
  ];
}

/** Positions of what stands earlier in the list already. */
function duplicates(names: readonly string[]): readonly number[] {
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [index] : []));
}
