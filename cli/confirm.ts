import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';

/** Asks before what cannot be taken back. Goes on only with a yes, or with `--yes`. */
export async function confirm(context: Context, question: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  const answer = await context.terminal.confirm(question);
  if (answer === true) return;
  if (answer === null) {
    throw new Failure(`There is nobody to ask: ${question}`, { exitCode: EXIT.usage, advice: 'Add --yes.' });
  }
  throw new Failure('Nothing was done.', { exitCode: EXIT.unsuccessful });
}
