/**
 * How an action of this example fails. Jobplane takes the name of what a function throws as the
 * error code of the op; `PreconditionFailed` and `Fatal` are codes it knows: the first ends the job
 * without undoing anything, the second is not tried again.
 */
export class ActionFailure extends Error {
  override readonly name: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.name = code;
  }
}

type FailureCode =
  /** The pages are not fit to be published: their author must act, and nothing has happened yet. */
  | 'PreconditionFailed'
  /** Trying again would fail in the same way. */
  | 'Fatal'
  /** A newer try, or a job that took the lock since, has been there: this one must not write any more. */
  | 'StaleWriter'
  /** Others switched the target at the same moment, again and again: worth another try. */
  | 'PointerContended'
  /** What is published is not what was built. */
  | 'CheckFailed';
