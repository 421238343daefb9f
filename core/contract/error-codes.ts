/**
 * The closed set of errors that a caller can meet, with the HTTP status and the sentence that does
 * not change. A code is stable: programs may branch on it; what an answer says beside it may change.
 */
export const ERRORS = {
  // The request is wrong, whatever the state of the job.
  InvalidJson: { status: 400, title: 'The body is not JSON' },
  InvalidYaml: { status: 400, title: 'The body is not YAML that is read' },
  UnsupportedMediaType: { status: 415, title: 'The body is of a kind that is not read' },
  TooDeep: { status: 400, title: 'The body is nested too deeply' },
  InvalidInput: { status: 400, title: 'The input has several problems' },
  UnknownKey: { status: 400, title: 'The input has a key that does not exist' },
  WrongType: { status: 400, title: 'A value has the wrong type' },
  InvalidValue: { status: 400, title: 'A value is outside what is allowed' },
  InvalidName: { status: 400, title: 'A name has characters or a length that names do not have' },
  UnknownAction: { status: 400, title: 'No action of this name is registered' },
  ReservedAction: { status: 400, title: 'The action is for Jobplane alone' },
  UnknownField: { status: 400, title: 'A job has no field of this name' },
  UnknownView: { status: 400, title: 'No view has this name' },
  InvalidActionInput: { status: 400, title: 'The action does not take this input' },
  TooManyOps: { status: 400, title: 'The job has too many ops' },
  TooManyLabels: { status: 400, title: 'The job has too many labels' },
  TooManyJobs: { status: 400, title: 'The batch has too many jobs' },
  OpsOutOfOrder: { status: 400, title: 'The ops are not in the order PRE, RUN, POST' },
  DuplicateOpName: { status: 400, title: 'Two ops have the same name' },
  InvalidReference: { status: 400, title: 'A reference is not of the form ops.<name>.result.<path>' },
  UnknownReference: { status: 400, title: 'A reference names an op that the job does not have' },
  ForwardReference: { status: 400, title: 'A reference names an op that has not run by then' },
  UnknownQueue: { status: 400, title: 'The project has no queue of this name' },
  UnknownResource: { status: 400, title: 'There is no resource of this name' },
  UnitsAboveCapacity: { status: 400, title: 'The resource has fewer units than are asked for' },
  TooManyLocks: { status: 400, title: 'The job has too many locks and resources' },
  DuplicateLock: { status: 400, title: 'The job asks for the same lock twice' },
  DuplicateResource: { status: 400, title: 'The job asks for the same resource twice' },
  TooManyChildren: { status: 400, title: 'The op has too many children' },
  FamilyTooDeep: { status: 400, title: 'Children have children too many levels down' },
  InvalidItem: { status: 400, title: 'A reference to an item is not of the form {"$item": "<path>"}' },
  LockOrder: { status: 400, title: 'A child asks for what it may not while its ancestors hold locks' },
  TooManyDependencies: { status: 400, title: 'The job has too many dependencies' },
  DuplicateDependency: { status: 400, title: 'The job depends on the same job twice' },
  UnknownDependency: { status: 400, title: 'The project has no job of this id' },
  InvalidScheduleExpression: { status: 400, title: 'The expression of the schedule cannot be used' },
  UnknownTimeZone: { status: 400, title: 'There is no time zone of this name' },
  InvalidCursor: { status: 400, title: 'The cursor does not belong to this listing' },
  ProjectRequired: { status: 400, title: 'Say which project is meant' },
  InvalidIdempotencyKey: { status: 400, title: 'The Idempotency-Key cannot be used' },
  SpecTooLarge: { status: 413, title: 'The job specification is too large' },
  BatchTooLarge: { status: 413, title: 'The batch of jobs is too large' },
  InputTooLarge: { status: 413, title: 'The input of an op is too large' },
  ResultTooLarge: { status: 413, title: 'The result of an op is too large' },
  MessageTooLarge: { status: 413, title: 'The message is too large' },
  AnswerTooLarge: { status: 400, title: 'The answer would be too large' },
  IdempotencyKeyReused: { status: 422, title: 'The Idempotency-Key was used with another body' },
  // Who asks.
  Unauthenticated: { status: 401, title: 'The token cannot be used' },
  Forbidden: { status: 403, title: 'A permission is missing' },
  NotAnApprover: { status: 403, title: 'The job names other approvers' },
  OwnerMayNotApprove: { status: 403, title: 'The owner may not approve the job' },
  JobNotFound: { status: 404, title: 'There is no such job' },
  OpNotFound: { status: 404, title: 'The job has no such op' },
  AttemptNotFound: { status: 404, title: 'The job has had no such attempt' },
  QueueNotFound: { status: 404, title: 'The project has no such queue' },
  ResourceNotFound: { status: 404, title: 'There is no such resource' },
  LockNotFound: { status: 404, title: 'Nobody has used such a lock' },
  ScheduleNotFound: { status: 404, title: 'There is no such schedule' },
  // The request is right, the job's state is not.
  CommandRefused: { status: 409, title: 'The job cannot take this command now' },
  QueueDraining: { status: 409, title: 'The queue accepts no jobs' },
  QuotaExceeded: { status: 429, title: 'The project has used up a quota' },
  ScheduleChanged: { status: 409, title: 'The schedule was edited since it was read' },
  ScheduleRunning: { status: 409, title: 'The job of an earlier run has not ended' },
  LockNotHeld: { status: 409, title: 'The job does not hold the lock' },
  ChildOfParent: { status: 409, title: 'A child runs again only with its parent' },
  ChildrenUnsettled: { status: 409, title: 'Children of the job have not ended' },
  NothingToUndo: { status: 409, title: 'Nothing of the job is left to undo' },
  NothingPending: { status: 409, title: 'No op of the job is still waiting' },
  AlreadyStarted: { status: 409, title: 'Something of the job has started' },
  OpNotStarted: { status: 409, title: 'The op has not started' },
  NotAWorkersOp: { status: 409, title: 'The op is not done by a worker' },
  CompletionRepeated: { status: 409, title: 'The op was completed already' },
  CompletionLate: { status: 409, title: 'The completion came too late' },
  AttemptSuperseded: { status: 409, title: 'The job has a newer attempt' },
  TrySuperseded: { status: 409, title: 'The op has a newer try' },
  NonceMismatch: { status: 409, title: 'The completion does not carry the nonce of the try' },
  // Ours.
  Contended: { status: 503, title: 'Too many changes at once, nothing was changed' },
  PublishingFailed: { status: 503, title: 'The bus did not take the events' },
  InternalError: { status: 500, title: 'Something failed inside Jobplane' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One problem of an input: where, what, and its own code. */
export interface InputProblem {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** A typed refusal: a value, since being refused is an answer and not an accident. */
export interface Refusal {
  readonly code: ErrorCode;
  /** What failed, why, and what to do. */
  readonly detail: string;
  readonly errors?: readonly InputProblem[];
  /** Seconds after which it may be asked again, where that is known. */
  readonly retryAfter?: number;
}

/** What a decision yields when it cannot be made; use cases return it, routes answer with it. */
export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

export function refused(code: ErrorCode, detail: string, errors?: readonly InputProblem[]): Refused {
  return { ok: false, refusal: errors === undefined ? { code, detail } : { code, detail, errors } };
}

/** Several problems keep their own codes; the answer's own code says so unless they all agree. */
export function refusedInput(problems: readonly InputProblem[]): Refused {
  const codes = new Set(problems.map((problem) => problem.code));
  const [only] = codes;
  const code = codes.size === 1 && only !== undefined ? only : 'InvalidInput';
  const detail = problems
    .slice(0, PROBLEMS_IN_DETAIL)
    .map((problem) => (problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`))
    .join('; ');
  return refused(code, detail, problems);
}

/** The sentence stays readable; `errors` lists them all. */
const PROBLEMS_IN_DETAIL = 3;
