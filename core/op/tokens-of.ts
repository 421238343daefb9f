import type { Op } from './op.ts';

/** Calls that can still be under way: Step Functions repeats a task of ours at most so often. */
const TOKENS_KEPT = 6;

/**
 * The task tokens that may be waiting for this op, the newest first. A call that was slow may have
 * taken the place of a later one, so an earlier token may be the one that is open.
 */
export function tokensOf({
  token,
  earlierTokens = [],
}: Pick<Op, 'token' | 'earlierTokens'>): readonly string[] {
  return token === undefined ? [] : [token, ...earlierTokens];
}

/** The op's tokens with this one as the newest: no token tells whether it came before another. */
export function withToken(
  op: Pick<Op, 'token' | 'earlierTokens'>,
  token: string,
): { readonly token: string; readonly earlierTokens?: string[] } {
  const earlierTokens = tokensOf(op)
    .filter((earlier) => earlier !== token)
    .slice(0, TOKENS_KEPT);
  return { token, ...(earlierTokens.length === 0 ? {} : { earlierTokens }) };
}
