import { isSettled } from '../core/job/status.ts';
import type { Job, JobsClient, JournalEntry } from './jobs-client.ts';

const LONG_POLL_SECONDS = 20;
const TIME_LIMIT_MS = 5 * 60_000;

/** Tells of every journal entry of a job as it is written, and answers the job once it is settled. */
export async function followJob(
  client: JobsClient,
  id: string,
  tell: (entry: JournalEntry) => void,
): Promise<Job> {
  const deadline = Date.now() + TIME_LIMIT_MS;
  let told = 0;
  const tellNew = async (waitSeconds: number) => {
    for (const entry of await client.log(id, told, waitSeconds)) {
      tell(entry);
      told = entry.serial;
    }
  };
  for (;;) {
    await tellNew(LONG_POLL_SECONDS);
    const job = await client.read(id);
    if (isSettled(job.status)) {
      await tellNew(0);
      return job;
    }
    if (Date.now() > deadline)
      throw new Error(`job ${id} is still ${job.status} after ${TIME_LIMIT_MS / 60_000} minutes`);
  }
}
