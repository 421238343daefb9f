/**
 * Lambda tells an error with its stack, and Step Functions keeps 32 KB of that. The head is written at
 * every step and a journal message has its limit: both keep a sentence.
 */
const FAILURE_CHARACTERS = 1_000;

/** What a task ended with, in as many words as are kept. */
export function wordsOfFailure({ name, cause }: { readonly name: string; readonly cause: string }): string {
  return `${name}: ${cause}`.slice(0, FAILURE_CHARACTERS);
}
