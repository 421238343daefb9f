import type { Failure } from '../failure.ts';
import { plainText } from './plain-text.ts';
import { coloured, type Style } from './style.ts';

/** What failed, why, what to do, and the code of the API that programs go by. */
export function renderFailure({ message, advice, problem }: Failure, style: Style): string {
  const code = problem === undefined ? '' : ` [${problem.code}]`;
  // The detail of a single problem says it already.
  const errors = problem?.errors ?? [];
  const listed =
    errors.length < 2
      ? []
      : errors.map(({ path, code, message }) => `  ${path}: ${plainText(message)} [${code}]`);
  return [
    `${coloured('error:', 'red', style)} ${plainText(message)}${code}`,
    ...listed,
    ...(advice === undefined ? [] : [advice]),
  ].join('\n');
}
