import type { ErrorCode } from '../error-codes.ts';

/** Codes that routes have in common, for the lists of core/contract/api.ts. */
type Codes = readonly ErrorCode[];

/** Of any request: each route reads the query and the body, if only to find that there is none. */
export const ANY = [
  'Unauthenticated',
  'InvalidJson',
  'UnsupportedMediaType',
  'TooDeep',
  'UnknownKey',
  'WrongType',
  'InternalError',
] as const satisfies Codes;

/** Of a route that takes nothing, or whose body is refused as too large a message. */
export const REQUEST = [...ANY, 'MessageTooLarge'] as const satisfies Codes;

/** Of a route whose query or body has fields: several of them may be wrong. */
export const FIELDS = [...REQUEST, 'InvalidInput'] as const satisfies Codes;

/** Of one with fields that may hold what is outside their bounds. */
export const VALUES = [...FIELDS, 'InvalidValue'] as const satisfies Codes;

/** Of a route in a project that the request names, or that the caller has a role in alone. */
export const IN_PROJECT = ['InvalidName', 'ProjectRequired', 'Forbidden'] as const satisfies Codes;

/** Of a listing in pages. */
export const IN_PAGES = [...IN_PROJECT, 'InvalidCursor'] as const satisfies Codes;

/** Of a command to a job, beside its request's. */
export const COMMAND = ['JobNotFound', 'CommandRefused', 'Contended'] as const satisfies Codes;

/** Of a body that holds a job. */
export const YAML_BODY = [...ANY, 'InvalidInput', 'InvalidValue', 'InvalidYaml'] as const satisfies Codes;

/** What may be wrong by now with a job that was right once: queues and resources are never removed. */
export const CHANGED_SINCE = [
  'UnknownAction',
  'InvalidActionInput',
  'UnitsAboveCapacity',
  'QueueDraining',
  'Contended',
] as const satisfies Codes;

/** What may be wrong with any job that is submitted, or that a schedule is to submit. */
export const JOB = [
  ...CHANGED_SINCE,
  'UnknownQueue',
  'UnknownResource',
  'SpecTooLarge',
  'InputTooLarge',
  'InvalidName',
  'TooManyOps',
  'TooManyLabels',
  'TooManyLocks',
  'TooManyChildren',
  'ReservedAction',
  'OpsOutOfOrder',
  'DuplicateOpName',
  'DuplicateLock',
  'DuplicateResource',
  'InvalidReference',
  'UnknownReference',
  'ForwardReference',
  'FamilyTooDeep',
  'InvalidItem',
  'LockOrder',
] as const satisfies Codes;

/** Of a submission under an Idempotency-Key: the job that it made may be gone. */
export const IDEMPOTENT = [
  'InvalidIdempotencyKey',
  'IdempotencyKeyReused',
  'JobNotFound',
] as const satisfies Codes;

/** Of what a worker says about a try. */
export const WORK = [
  'Forbidden',
  'JobNotFound',
  'OpNotFound',
  'NotAWorkersOp',
  'OpNotStarted',
  'CompletionRepeated',
  'CompletionLate',
  'AttemptSuperseded',
  'TrySuperseded',
] as const satisfies Codes;
