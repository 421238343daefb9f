import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../local/until.ts';
import type { FinishedJob, JobRunner, SubmittedJob } from './run-job.ts';
import { HOLDS_A_SLOT, type SampleJob } from './sample-jobs.ts';

const LINED_UP_WITHIN_MS = 30_000;

/** More slots than the bench ever uses, so that what is measured waits for its lock. */
const PLENTY = 100;

/** What the job that holds the slot has published is not counted with the line's. */
const STILL_AFTER_MS = 2_000;

/** Works while a job holds one slot of the queue: so its limit can be lowered to what is held. */
export async function withHeldSlot<Result>(runner: JobRunner, work: () => Promise<Result>): Promise<Result> {
  await runner.setQueue(PLENTY);
  const holder = await runner.submit(HOLDS_A_SLOT);
  await runner.whenRunning(holder.id, { op: 0, try: 1 });
  await pause(STILL_AFTER_MS);
  try {
    return await work();
  } finally {
    await runner.finish(holder, HOLDS_A_SLOT);
  }
}

/**
 * Jobs of one kind on one lock, in the order of their places; inside {@link withHeldSlot}. No slot is
 * free until all stand in line: so the first has the lock and waits for its slot, every other waits for
 * the lock, and somebody waits for all but the last's.
 */
export async function runLine(
  runner: JobRunner,
  sample: SampleJob,
  jobs: number,
  whileTheyWait: () => Promise<void> = async () => undefined,
): Promise<readonly FinishedJob[]> {
  const line: SubmittedJob[] = [];
  await runner.setQueue(1);
  try {
    for (let job = 0; job < jobs; job += 1) line.push(await runner.submit(sample));
    for (const { id } of line.slice(1)) {
      await until(`job ${id} stands in the lock's line`, LINED_UP_WITHIN_MS, async () => {
        const job = await runner.store.readJob(id);
        return job?.status === 'WAITING_LOCK' && job.place !== undefined;
      });
    }
    await whileTheyWait();
  } finally {
    await runner.setQueue(PLENTY);
  }
  const finished: FinishedJob[] = [];
  for (const job of line) finished.push(await runner.finish(job, sample));
  return finished;
}
