import '../api/entry-environment.ts';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { TaskError } from '../../../core/contract/tasks.ts';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import { entryItem } from '../../../functions/adapters/dynamodb/job-items.ts';
import { journalHandler } from '../../../functions/events/publish-journal.lambda.ts';
import { sweepHandler } from '../../../functions/events/sweep.lambda.ts';
import { taskHandler } from '../../../functions/runtime/task-handler.ts';
import { ApiBench, CONTEXT, SPEC } from '../api/api-bench.ts';
import { metricsOf } from './metrics-of.ts';

const MINUTE = 60_000;

/** What the table's stream brings of a journal. */
function streamOf(entries: readonly JournalEntry[]) {
  return {
    Records: entries.map((entry, position) => ({
      dynamodb: { SequenceNumber: String(position), NewImage: entryItem(entry) },
    })),
  };
}

describe('the publisher', () => {
  it('counts the jobs that came to each status, once the bus has taken that', async () => {
    const bench = new ApiBench();
    for (let job = 0; job < 2; job += 1) await bench.completedJob();
    await bench.submit({ ...SPEC, hold: true });
    const entries = bench.store.heads().flatMap(({ id }) => bench.store.journal(id));
    // What the bus does not take comes again, and is counted then.
    const handle = journalHandler({ publish: async (given) => given.filter(({ to }) => to === 'CREATED') });
    const counted = await metricsOf(() => handle(streamOf(entries), CONTEXT));
    expect(Object.fromEntries(counted.map(({ Status, value }) => [Status, value]))).toEqual({
      QUEUED: 2,
      RUNNING: 2,
      COMPLETED_OK: 2,
    });
    for (const { name, unit } of counted) expect([name, unit]).toEqual(['JobStatusChanges', 'Count']);
  });
});

describe('the sweeper', () => {
  it('says what it found to do, by kind, and how late it was', async () => {
    const bench = new ApiBench({ reportOwed: () => {} });
    const start = bench.executions.start.bind(bench.executions);
    bench.executions.start = async () => {
      throw new Error('throttled');
    };
    await bench.submit();
    bench.executions.start = start;
    bench.now += 3 * MINUTE;
    const seen = await metricsOf(() => sweepHandler(bench.deps)({}, CONTEXT));
    expect(seen).toEqual([
      { name: 'SweeperLooks', value: 1, unit: 'Count' },
      { name: 'SweeperRepairs', value: 1, unit: 'Count' },
      { name: 'SweeperRepairs', value: 1, unit: 'Count', Effect: 'start' },
      { name: 'SweeperGrants', value: 0, unit: 'Count' },
      { name: 'SweeperFailures', value: 0, unit: 'Count' },
      { name: 'OldestOwedSeconds', value: 120, unit: 'Seconds' },
      { name: 'ScheduleRunsMissed', value: 0, unit: 'Count' },
    ]);
  });
});

describe('a task', () => {
  const task = (error: Error) =>
    taskHandler('Perform op', z.object({ jobId: z.string() }), async () => {
      throw error;
    });
  const metricsOfTask = (error: Error) =>
    metricsOf(() => expect(task(error)({ jobId: 'x' }, CONTEXT)).rejects.toBe(error));

  it('that answers with an error of the contract counts it, since it is none of its function’s', async () => {
    const counted = await metricsOfTask(new TaskError('Stale', 'superseded'));
    expect(counted).toEqual([{ name: 'TasksRefused', value: 1, unit: 'Count' }]);
  });

  it('that fails otherwise does not', async () => {
    expect(await metricsOfTask(new Error('throttled'))).toEqual([]);
  });
});
