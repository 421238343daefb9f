import type { Problem } from '../core/contract/api/problem.ts';
import type { ExitCode } from './exit-codes.ts';

interface FailureDetails {
  readonly exitCode: ExitCode;
  /** What can be done about it. */
  readonly advice?: string;
  /** What the API answered. */
  readonly problem?: Problem;
}

/** Why a command ends: a sentence for people, and the exit code for scripts. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;
  readonly advice: string | undefined;
  readonly problem: Problem | undefined;

  constructor(message: string, { exitCode, advice, problem }: FailureDetails) {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
    this.problem = problem;
  }
}
