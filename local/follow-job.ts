import { isSettled, type Status } from '../core/job/status.ts';
import type { Child, Job, JobsClient, JournalEntry } from './jobs-client.ts';

const LONG_POLL_SECONDS = 20;

/** While a job waits for its children its own journal tells nothing of them. */
const CHILDREN_POLL_SECONDS = 1;

const TIME_LIMIT_MS = 5 * 60_000;

interface Follower {
  /** Every entry of the job's journal, as it is written. */
  entry(entry: JournalEntry): void;
  /** Every new status of a child. */
  child(child: Child): void;
  /** The job waits for somebody's approval. */
  approval(): Promise<void>;
}

/** Tells of what happens to a job and its children, and answers the job once it is settled. */
export async function followJob(client: JobsClient, id: string, tell: Follower): Promise<Job> {
  const deadline = Date.now() + TIME_LIMIT_MS;
  let told = 0;
  const tellNew = async (waitSeconds: number) => {
    for (const entry of await client.log(id, told, waitSeconds)) {
      tell.entry(entry);
      told = entry.serial;
    }
  };
  const statuses = new Map<string, Status>();
  const tellOfChildren = async () => {
    for (const child of await client.children(id)) {
      if (statuses.get(child.name) !== child.status) tell.child(child);
      statuses.set(child.name, child.status);
    }
  };
  for (let status: Status | undefined; ; ) {
    await tellNew(status?.startsWith('CHILD_') ? CHILDREN_POLL_SECONDS : LONG_POLL_SECONDS);
    const job = await client.read(id);
    await tellOfChildren();
    if (isSettled(job.status)) {
      await tellNew(0);
      return job;
    }
    if (job.status === 'WAITING_APPROVAL' && status !== job.status) await tell.approval();
    status = job.status;
    if (Date.now() > deadline)
      throw new Error(`job ${id} is still ${status} after ${TIME_LIMIT_MS / 60_000} minutes`);
  }
}
