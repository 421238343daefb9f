/** Who gives a command, and what they say to it. */
export interface Said {
  readonly actor: string;
  readonly comment?: string;
}

/** What somebody did, and what they said to it, as a journal entry has it. */
export function withComment(did: string, comment: string | undefined): string {
  return comment === undefined ? did : `${did}: ${comment}`;
}
