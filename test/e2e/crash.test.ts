import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, inject, test } from 'vitest';
import { jobIdSchema } from '../../core/job/identifiers.ts';
import { opKey } from '../../functions/adapters/dynamodb/keys.ts';
import { eventually } from './support/eventually.ts';
import { JobsApi } from './support/jobs-api.ts';
import { killBetween } from './support/kill-between.ts';
import { localAws } from './support/local-aws.ts';
import { sweepNow } from './support/sweep.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const worker = api.as('worker');
const aws = localAws(stack);

/** The moment is a few milliseconds long: a job may slip through, and another one is tried. */
const JOBS_TRIED = 40;

async function storedOp(id: string, index: number): Promise<Record<string, unknown> | undefined> {
  const Key = opKey(jobIdSchema.parse(id), 1, index);
  const { Item } = await aws.dynamodb.send(
    new GetCommand({ TableName: stack.tableName, Key, ConsistentRead: true }),
  );
  return Item;
}

describe('a Lambda process that is killed', () => {
  test('between the commit of a try and its dispatch delays the job and loses nothing', async () => {
    const build = { name: 'build', action: 'site-build', input: { site: 'docs' } };
    await api.settled(await api.submit([build]));
    for (let tried = 0; tried < JOBS_TRIED; tried += 1) {
      const id = await api.submit([build]);
      const met = await killBetween(stack, 'perform-op', async () => {
        const op = await storedOp(id, 0);
        if (op === undefined) return 'notYet';
        return op['status'] === 'running' && op['dispatched'] === false ? 'now' : 'missed';
      });
      const job = await api.settled(id);
      expect(job.status).toBe('COMPLETED_OK');
      if (met) return;
    }
    expect.fail(`in ${JOBS_TRIED} jobs no process was met between commit and dispatch`);
  }, 120_000);

  test('between recording a result and answering the token: the sweeper answers it', async () => {
    const ops = [
      { name: 'first', action: 'manual-work' },
      { name: 'second', action: 'log', input: { message: 'went on' } },
    ];
    const warm = await api.submit(ops);
    await api.opIs(warm, 0, 'running');
    await worker.call('POST', `/jobs/${warm}/ops/0/complete`, { attempt: 1, try: 1 });
    for (let tried = 0; tried < JOBS_TRIED; tried += 1) {
      const id = await api.submit(ops);
      await api.opIs(id, 0, 'running');
      const completing = worker.call('POST', `/jobs/${id}/ops/0/complete`, { attempt: 1, try: 1 });
      const met = await killBetween(stack, 'complete-op', async () => {
        const [first, second] = await Promise.all([storedOp(id, 0), storedOp(id, 1)]);
        if (second !== undefined) return 'missed';
        return first?.['status'] === 'success' ? 'now' : 'notYet';
      });
      await completing;
      if (!met) continue;
      const job = await eventually(`job ${id} goes on`, 100_000, async () => {
        await sweepNow(stack);
        const found = await api.job(id);
        return found.status === 'COMPLETED_OK' ? found : null;
      });
      const repaired = (await api.journal(id)).some(({ kind }) => kind === 'repair');
      expect(job.status).toBe('COMPLETED_OK');
      // The process may have died just after its answer was sent: then nothing was left to repair.
      if (repaired) return;
    }
    expect.fail(`in ${JOBS_TRIED} jobs no process was met between the record and the answer`);
  }, 300_000);
});
