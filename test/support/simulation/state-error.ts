import { QueryError } from './query.ts';

/** A state failed with this error: what Retry and Catch match by name. */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly error: string;
  override readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.error = error;
    this.cause = cause;
  }
}

/** Errors that no wildcard catches. */
const TERMINAL: ReadonlySet<string> = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/** Whether `ErrorEquals` names this error, itself or by a wildcard. */
export function matchesError(names: readonly string[], error: string): boolean {
  if (names.includes(error)) return true;
  if (TERMINAL.has(error)) return false;
  return names.includes('States.ALL') || (names.includes('States.TaskFailed') && error !== 'States.Timeout');
}

/** The error as a state's; anything that is none is the interpreter's own and is thrown on. */
export function stateErrorOf(error: unknown): StateError {
  if (error instanceof StateError) return error;
  if (error instanceof QueryError) return new StateError(error.name, error.message);
  throw error;
}
