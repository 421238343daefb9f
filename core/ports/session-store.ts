import type { JobId } from '../job/identifiers.ts';

/** A live job of a session: enough to know who may see it. */
export interface SessionJob {
  readonly jobId: JobId;
  readonly project: string;
  readonly owner: string;
}

/** Which jobs of a session have not settled. */
export interface SessionStore {
  /** By id, after `after`, at most `limit`. */
  listSession(
    sessionId: string,
    page: { readonly after?: JobId | undefined; readonly limit: number },
  ): Promise<readonly SessionJob[]>;
}
