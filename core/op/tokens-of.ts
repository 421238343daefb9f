import type { Op } from './op.ts';

/**
 * The task tokens that may be waiting for this op, the newest first. A call of Perform op that was
 * slow may have taken the place of a later one, so an earlier token may be the one that is open.
 */
export function tokensOf({ token, earlierTokens = [] }: Op): readonly string[] {
  return token === undefined ? [] : [token, ...earlierTokens];
}
