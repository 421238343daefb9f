import { describe, expect, it } from 'vitest';
import { answerOfBatchJob, batchJobResultSchema } from '../../../core/contract/batch-job-result.ts';
import { answerOfTask, CALL_VARIABLE, ecsTaskResultSchema } from '../../../core/contract/ecs-task-result.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import {
  answerOfStateMachine,
  stateMachineResultSchema,
} from '../../../core/contract/state-machine-result.ts';
import { tryName, tryOfName } from '../../../core/contract/try-name.ts';
import { RUN_ID } from '../../support/job-run.ts';
import { batchJobEvent, ecsTaskEvent, stateMachineEvent } from './service-events.ts';

const TRY = { jobId: RUN_ID, attempt: 2, op: 501, try: 3 };
const NAME = tryName(TRY);
const CALL = JSON.stringify({ jobId: RUN_ID, nonce: 'n-1', input: {} });
const COMPLETION = { attempt: 2, op: 501, try: 3, nonce: 'n-1' };

describe('the name of a try', () => {
  it('tells which try it is, and fits every service', () => {
    expect(tryOfName(NAME)).toEqual(TRY);
    expect(NAME).toMatch(/^[A-Za-z0-9-]{1,64}$/);
  });

  it.each([
    '',
    'nightly',
    `${NAME}-4`,
    `x${NAME}`,
    `${RUN_ID}-0-0-1`,
    `${RUN_ID}-1-0-0`,
    `${RUN_ID}-1-0-1\n`,
  ])('is not %j', (name) => {
    expect(tryOfName(name)).toBeNull();
  });
});

describe('the event of an execution', () => {
  const answer = (detail: object) =>
    answerOfStateMachine(
      stateMachineResultSchema.parse(stateMachineEvent({ name: NAME, input: CALL, ...detail })),
    );
  const outcome = (detail: object) => answer(detail)?.completion.outcome;

  it('names the try, its nonce and the machine, and its output is the result', () => {
    expect(answer({ output: '{"pages":3}' })).toMatchObject({
      jobId: RUN_ID,
      completion: { ...COMPLETION, outcome: { kind: 'succeeded', result: { pages: 3 } } },
      from: {
        kind: 'stateMachine',
        machine: 'arn:aws:states:us-east-1:123456789012:stateMachine:state-machine-name',
      },
    });
  });

  it('whose input was too large carries no nonce', () => {
    expect(answer({ input: null, output: '1' })?.completion).not.toHaveProperty('nonce');
  });

  it('is none of ours where its execution has another name', () => {
    expect(answer({ name: 'execution-name' })).toBeNull();
  });

  it.each([
    [{ status: 'FAILED', error: 'Broken', cause: 'a part fell off' }, 'Broken', 'a part fell off'],
    [{ status: 'FAILED' }, 'ExecutionFailed', 'the execution gave no cause'],
    [{ status: 'TIMED_OUT' }, 'ExecutionTimedOut', 'longer than its state machine allows'],
    [{ status: 'ABORTED', cause: 'by hand' }, 'ExecutionAborted', 'by hand'],
    [{ status: 'SUCCEEDED', output: null }, 'ResultTooLarge', 'larger than an event takes'],
    [
      { status: 'SUCCEEDED', output: JSON.stringify('x'.repeat(LIMITS.resultBytes)) },
      'ResultTooLarge',
      'at most 65536',
    ],
  ])('%j fails the try', (detail, code, message) => {
    expect(outcome(detail)).toMatchObject({
      kind: 'failed',
      error: { code, message: expect.stringContaining(message) },
    });
  });

  it('while the execution runs is not read', () => {
    expect(stateMachineResultSchema.safeParse(stateMachineEvent({ status: 'RUNNING' })).success).toBe(false);
  });
});

describe('the event of a task', () => {
  const overrides = {
    containerOverrides: [
      { name: 'FargateApp', environment: [{ name: CALL_VARIABLE, value: CALL }] },
      { name: 'log' },
    ],
  };
  const answer = (detail: object, container: string | undefined = 'FargateApp') =>
    answerOfTask(
      ecsTaskResultSchema.parse(ecsTaskEvent({ startedBy: NAME, overrides, ...detail })),
      () => container,
    );
  const container = (rest: object) => ({
    containers: [
      { name: 'log', exitCode: 0 },
      { name: 'FargateApp', ...rest },
    ],
  });

  it('names the try, its nonce, the cluster and the definition', () => {
    expect(answer(container({ exitCode: 0 }))).toMatchObject({
      jobId: RUN_ID,
      completion: { ...COMPLETION, outcome: { kind: 'succeeded' } },
      from: {
        kind: 'ecsTask',
        cluster: 'arn:aws:ecs:us-west-2:111122223333:cluster/FargateCluster',
        taskDefinition: 'arn:aws:ecs:us-west-2:111122223333:task-definition/sample-fargate:1',
      },
    });
  });

  it.each([
    [container({ exitCode: 3 }), { code: 'TaskFailed', detail: { exitCode: 3 } }],
    [
      container({ exitCode: 137, reason: 'OutOfMemoryError' }),
      { message: expect.stringContaining('OutOfMemory') },
    ],
    [
      { ...container({}), stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError' },
      { code: 'TaskFailedToStart', message: expect.stringContaining('CannotPullContainerError') },
    ],
    [{ ...container({}), stopCode: 'SpotInterruption' }, { code: 'SpotInterruption' }],
    [{ containers: [] }, { code: 'TaskStopped' }],
  ])('%j fails the try', (detail, error) => {
    expect(answer(detail)?.completion.outcome).toMatchObject({ kind: 'failed', error });
  });

  it.each([
    ['has another starter', { startedBy: 'ecs-svc/9223370545345641169' }, 'FargateApp'],
    ['has no starter', { startedBy: undefined }, 'FargateApp'],
    ['is of a cluster or a definition that is not ours', {}, undefined],
  ])('is none of ours where its task %s', (_what, detail, known) => {
    const event = ecsTaskResultSchema.parse(ecsTaskEvent({ startedBy: NAME, overrides, ...detail }));
    expect(answerOfTask(event, () => known)).toBeNull();
  });

  it('while the task runs is not read', () => {
    expect(ecsTaskResultSchema.safeParse(ecsTaskEvent({ lastStatus: 'RUNNING' })).success).toBe(false);
  });
});

describe('the event of a Batch job', () => {
  const environment = [{ name: CALL_VARIABLE, value: CALL }];
  const answer = (detail: object) =>
    answerOfBatchJob(
      batchJobResultSchema.parse(
        batchJobEvent({ jobName: NAME, status: 'SUCCEEDED', container: { environment }, ...detail }),
      ),
    );

  it('names the try, its nonce, the queue and the definition', () => {
    expect(answer({})).toMatchObject({
      jobId: RUN_ID,
      completion: { ...COMPLETION, outcome: { kind: 'succeeded' } },
      from: {
        kind: 'batchJob',
        queue: 'arn:aws:batch:us-east-1:123456789012:job-queue/PexjEHappyPathCanary2JobQueue',
        definition: 'arn:aws:batch:us-east-1:123456789012:job-definition/first-run-job-definition:1',
      },
    });
  });

  it('of one that failed says why', () => {
    const detail = {
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      container: { environment, exitCode: 2, reason: 'disk full' },
    };
    expect(answer(detail)?.completion.outcome).toEqual({
      kind: 'failed',
      error: {
        code: 'BatchJobFailed',
        message: 'Essential container in task exited; disk full; its container ended with 2',
        detail: { exitCode: 2 },
      },
    });
    expect(answer({ status: 'FAILED', container: undefined })?.completion.outcome).toMatchObject({
      kind: 'failed',
    });
  });

  it('is none of ours where it has another name, and not read while it runs', () => {
    expect(answer({ jobName: 'event-test' })).toBeNull();
    expect(batchJobResultSchema.safeParse(batchJobEvent({})).success).toBe(false);
  });
});
