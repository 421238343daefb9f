import type { Caller } from '../../core/access/caller.ts';
import type { Said } from '../../core/job/said.ts';

/** Who gives a command, and what they say to it. */
export function saidBy(caller: Caller, { comment }: { readonly comment?: string | undefined }): Said {
  return { actor: caller.user, ...(comment === undefined ? {} : { comment }) };
}
