import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/contract/limits.ts';
import {
  giveUpChildrenTaskSchema,
  makeChildrenTaskSchema,
  TASK_CONTRACT,
} from '../../core/contract/tasks.ts';
import type { Json } from '../../core/op/references.ts';
import type { FamilyInput } from '../../core/ports/executions.ts';
import { batchesOf } from '../../core/usecases/start-family.ts';
import { RUN_ID } from '../support/job-run.ts';
import { MACHINES } from '../support/simulation/machines.ts';
import { Random } from '../support/simulation/random.ts';
import { Scheduler } from '../support/simulation/scheduler.ts';
import { Execution, type ExecutionHost } from '../support/simulation/state-machine.ts';
import type { FunctionAnswer, TaskOrder } from '../support/simulation/task-attempt.ts';

const DONE: FunctionAnswer = { ok: true, payload: {} };
const FAILED: FunctionAnswer = { ok: false, error: 'Lambda.Unknown', cause: 'out of memory' };

/** What Step Functions takes as an input, and what it writes into a history. */
const INPUT_BYTES = 262_144;

function inputOf(total: number): FamilyInput {
  const ref = { jobId: RUN_ID, attempt: 1, op: 3, try: 2, verb: 'run' } as const;
  return { contract: TASK_CONTRACT, ...ref, batches: batchesOf(total) };
}

/** Runs the machine as it is deployed for so many children, with functions that answer like this. */
async function run(total: number, answer: (order: TaskOrder) => FunctionAnswer = () => DONE) {
  const random = new Random(1);
  const scheduler = new Scheduler(0, random);
  const orders: TaskOrder[] = [];
  let broken: Error | undefined;
  const host: ExecutionHost = {
    answersWaitForFunction: true,
    now: () => scheduler.now(),
    random: () => random.next(),
    after: (milliseconds, each) => scheduler.after(milliseconds, each),
    newToken: () => 'no task waits for one',
    taskOpened: () => {},
    ended: () => {},
    broken: (error) => {
      broken = new Error('the interpreter failed', { cause: error });
    },
    invoke: async (order) => {
      orders.push(order);
      await new Promise<void>((resolve) => scheduler.after(1_000, () => resolve()));
      return answer(order);
    },
  };
  const input: Json = JSON.parse(JSON.stringify(inputOf(total)));
  const started: Execution[] = [];
  scheduler.after(0, () => {
    started.push(new Execution(MACHINES.childJobs, 'family', input, host));
  });
  await scheduler.step();
  const [execution] = started;
  if (execution === undefined) throw new Error('it was not started');
  while (execution.status === 'RUNNING' && (await scheduler.step())) if (broken !== undefined) throw broken;
  return { execution, orders };
}

const batchOf = ({ payload }: TaskOrder) => makeChildrenTaskSchema.parse(payload);

const ofBatches = (orders: readonly TaskOrder[]) =>
  orders.filter(({ stateName }) => stateName === 'Do one batch');

describe('the machine of children', () => {
  it.each([
    [1, 2],
    [25, 2],
    [26, 3],
    [100, 5],
    [1_000, 41],
  ])('enters a state for each batch of %i children, and one for their Map', async (total, states) => {
    const { execution } = await run(total);
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.entered).toHaveLength(states);
    expect(states).toBeLessThanOrEqual(Math.ceil(total / 25) + 4);
  });

  it('makes all 10,000 that an op may have, in 404 states at the most', async () => {
    const { execution, orders } = await run(LIMITS.children);
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.entered.length).toBeLessThanOrEqual(404);
    const positions = orders.flatMap((order) => {
      const { from, to } = batchOf(order);
      return Array.from({ length: to - from }, (_, at) => from + at);
    });
    expect(positions.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: LIMITS.children }, (_, position) => position),
    );
  });

  it('takes an input for 10,000 children that Step Functions takes, however long its numbers are', () => {
    const longest = {
      attempt: LIMITS.attempts,
      op: 501 * LIMITS.ops,
      try: LIMITS.retryAttempts * 100,
      verb: 'cancel',
    };
    const bytes = Buffer.byteLength(JSON.stringify({ ...inputOf(LIMITS.children), ...longest }));
    expect(bytes).toBeLessThan(INPUT_BYTES / 10);
  });

  it('hands each batch what its function takes, four at once', async () => {
    const { orders } = await run(60);
    expect(orders.map(batchOf)).toEqual(
      [
        [0, 25],
        [25, 50],
        [50, 60],
      ].map(([from, to]) => ({
        contract: TASK_CONTRACT,
        jobId: RUN_ID,
        attempt: 1,
        op: 3,
        try: 2,
        verb: 'run',
        from,
        to,
      })),
    );
  });

  it('does a batch again that failed, and the states are entered once', async () => {
    const failures = new Map([
      [25, 3],
      [50, 1],
    ]);
    const { execution, orders } = await run(75, (order) => {
      const { from } = batchOf(order);
      const left = failures.get(from) ?? 0;
      failures.set(from, left - 1);
      return left > 0 ? FAILED : DONE;
    });
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.entered).toHaveLength(4);
    expect(orders).toHaveLength(3 + 3 + 1);
  });

  it('does a batch again whose function was never heard of', async () => {
    let calls = 0;
    const { execution } = await run(25, () => {
      calls += 1;
      return calls === 1 ? { ok: false, error: 'States.Timeout', cause: '' } : DONE;
    });
    expect(execution.status).toBe('SUCCEEDED');
    expect(calls).toBe(2);
  });

  it('gives up the rest once a batch has failed for good, and tells why', async () => {
    const { execution, orders } = await run(200, (order) =>
      order.stateName === 'Do one batch' && batchOf(order).from === 25 ? FAILED : DONE,
    );
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.entered.at(-1)).toBe('Give up the rest');
    expect(ofBatches(orders).filter((order) => batchOf(order).from === 25)).toHaveLength(11);
    const [told, ...more] = orders.filter(({ stateName }) => stateName === 'Give up the rest');
    expect(more).toEqual([]);
    expect(giveUpChildrenTaskSchema.parse(told?.payload)).toEqual({
      contract: TASK_CONTRACT,
      jobId: RUN_ID,
      attempt: 1,
      op: 3,
      try: 2,
      verb: 'run',
      error: { name: 'Lambda.Unknown', cause: 'out of memory' },
    });
  });

  it('tries to give up again, too, and fails where that does not work for minutes', async () => {
    const { execution, orders } = await run(25, () => FAILED);
    expect([execution.status, execution.error]).toEqual(['FAILED', 'Lambda.Unknown']);
    expect(orders.filter(({ stateName }) => stateName === 'Give up the rest')).toHaveLength(11);
  });
});
