import { BatchClient } from '@aws-sdk/client-batch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ExecutionAlreadyExists, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { CALL_VARIABLE } from '../../../core/contract/ecs-task-result.ts';
import { tryName } from '../../../core/contract/try-name.ts';
import type { ActionCall } from '../../../core/ports/actions.ts';
import { isTargetOf } from '../../../functions/adapters/actions/answering-target.ts';
import { actionTargetsSchema } from '../../../functions/adapters/actions/registered-actions.ts';
import { serviceTargets } from '../../../functions/adapters/actions/service-targets.ts';
import { RUN_ID } from '../../support/job-run.ts';

const CLUSTER = 'arn:aws:ecs:eu-west-1:123456789012:cluster/jobs';
const DEFINITION = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/render:7';
const QUEUE = 'arn:aws:batch:eu-west-1:123456789012:job-queue/night';
const BATCH_DEFINITION = 'arn:aws:batch:eu-west-1:123456789012:job-definition/render:7';
const MACHINE = 'arn:aws:states:eu-west-1:123456789012:stateMachine:Render';

const TARGETS = actionTargetsSchema.parse({
  machine: { kind: 'stateMachine', machine: MACHINE },
  task: {
    kind: 'ecsTask',
    cluster: CLUSTER,
    taskDefinition: DEFINITION,
    container: 'app',
    launchType: 'FARGATE',
    network: { subnets: ['subnet-1'], securityGroups: [], publicIp: false },
  },
  batch: { kind: 'batchJob', queue: QUEUE, definition: BATCH_DEFINITION },
});

const CALL: ActionCall = {
  jobId: RUN_ID,
  project: 'web',
  attempt: 1,
  op: { index: 2, name: 'render' },
  try: 3,
  nonce: 'n-1',
  opFence: 9,
  fences: {},
  input: { file: 'a.mov' },
};

const RUNNING = { jobId: RUN_ID, attempt: 1, op: 2, try: 3 };
const NAME = tryName(RUNNING);
const ENVIRONMENT = [{ name: CALL_VARIABLE, value: JSON.stringify(CALL) }];
const OTHERS = [{ name: CALL_VARIABLE, value: JSON.stringify({ ...CALL, nonce: 'n-2' }) }];
const METADATA = { $metadata: {}, message: 'no' };

/** The services as a test says they answer, by command; what they were asked is written down. */
function staged(answers: Readonly<Record<string, unknown>> = {}) {
  const sent: { readonly command: string; readonly input: unknown }[] = [];
  const send = async (command: { readonly input: unknown }): Promise<unknown> => {
    const name = command.constructor.name.replace('Command', '');
    sent.push({ command: name, input: command.input });
    const answer = answers[name] ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const region = 'eu-west-1';
  const clients = {
    sfn: Object.assign(new SFNClient({ region }), { send }),
    ecs: Object.assign(new ECSClient({ region }), { send }),
    batch: Object.assign(new BatchClient({ region }), { send }),
  };
  const targets = serviceTargets(clients, TARGETS);
  return { sent, targets };
}

describe('a state machine', () => {
  const executionArn = `arn:aws:states:eu-west-1:123456789012:execution:Render:${NAME}`;

  it('is started with the call, by the name of the try', async () => {
    const { sent, targets } = staged();
    expect(await targets.dispatch('machine', CALL)).toEqual({ kind: 'accepted' });
    expect(sent).toEqual([
      {
        command: 'StartExecution',
        input: { stateMachineArn: MACHINE, name: NAME, input: JSON.stringify(CALL) },
      },
    ]);
  });

  it('that has an execution of that name is dispatched, and one that cannot be reached is not', async () => {
    const exists = staged({ StartExecution: new ExecutionAlreadyExists(METADATA) });
    expect(await exists.targets.dispatch('machine', CALL)).toEqual({ kind: 'accepted' });
    const { targets } = staged({ StartExecution: new Error('throttled') });
    await expect(targets.dispatch('machine', CALL)).rejects.toThrow('throttled');
  });

  it('is stopped, and it does no harm where there is nothing to stop', async () => {
    const { sent, targets } = staged({ StopExecution: new ExecutionDoesNotExist(METADATA) });
    await targets.interrupt('machine', RUNNING);
    expect(sent).toMatchObject([{ command: 'StopExecution', input: { executionArn } }]);
  });

  it.each([
    [{ status: 'RUNNING', input: JSON.stringify(CALL) }, { kind: 'running' }],
    [
      { status: 'SUCCEEDED', input: JSON.stringify(CALL), output: '{"a":1}' },
      { kind: 'ended', outcome: { kind: 'succeeded', result: { a: 1 } } },
    ],
    [{ status: 'SUCCEEDED', input: '{"nonce":"n-2"}', output: '{"a":1}' }, { kind: 'missing' }],
    [new ExecutionDoesNotExist(METADATA), { kind: 'missing' }],
  ])('that answers %j is so', async (answer, state) => {
    const { targets } = staged({ DescribeExecution: answer });
    expect(await targets.describe('machine', RUNNING, 'n-1')).toEqual(state);
  });
});

describe('a task of Amazon ECS', () => {
  const task = 'arn:aws:ecs:eu-west-1:123456789012:task/jobs/1';
  const described = (rest: object, environment = ENVIRONMENT) => ({
    ListTasks: { taskArns: [task] },
    DescribeTasks: {
      tasks: [{ taskArn: task, overrides: { containerOverrides: [{ environment }] }, ...rest }],
    },
  });

  it('is run once, named and keyed by the try, with the call in its environment', async () => {
    const { sent, targets } = staged({ RunTask: { tasks: [{}] } });
    expect(await targets.dispatch('task', CALL)).toEqual({ kind: 'accepted' });
    expect(sent).toEqual([
      {
        command: 'RunTask',
        input: {
          cluster: CLUSTER,
          taskDefinition: DEFINITION,
          launchType: 'FARGATE',
          count: 1,
          clientToken: NAME,
          startedBy: NAME,
          overrides: { containerOverrides: [{ name: 'app', environment: ENVIRONMENT }] },
          networkConfiguration: {
            awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: [], assignPublicIp: 'DISABLED' },
          },
        },
      },
    ]);
  });

  it('for which there is no place is not dispatched, and says why', async () => {
    const { targets } = staged({ RunTask: { tasks: [], failures: [{ reason: 'RESOURCE:MEMORY' }] } });
    await expect(targets.dispatch('task', CALL)).rejects.toThrow('RESOURCE:MEMORY');
  });

  it('takes no call beyond what ECS takes', async () => {
    const { sent, targets } = staged();
    expect(await targets.dispatch('task', { ...CALL, input: 'x'.repeat(8_192) })).toMatchObject({
      kind: 'settled',
      outcome: { error: { code: 'InputTooLarge' } },
    });
    expect(sent).toEqual([]);
  });

  it('is stopped by what it was started by', async () => {
    const { sent, targets } = staged({ ListTasks: { taskArns: [task] } });
    await targets.interrupt('task', RUNNING);
    expect(sent).toMatchObject([
      { command: 'ListTasks', input: { cluster: CLUSTER, startedBy: NAME, desiredStatus: 'RUNNING' } },
      { command: 'StopTask', input: { cluster: CLUSTER, task } },
    ]);
  });

  it.each([
    [described({ lastStatus: 'RUNNING' }), { kind: 'running' }],
    [
      described({ lastStatus: 'STOPPED', containers: [{ name: 'app', exitCode: 0 }] }),
      { kind: 'ended', outcome: { kind: 'succeeded' } },
    ],
    [described({ lastStatus: 'STOPPED' }, OTHERS), { kind: 'missing' }],
    [{}, { kind: 'missing' }],
  ])('of which %j is known is so', async (answers, state) => {
    expect(await staged(answers).targets.describe('task', RUNNING, 'n-1')).toEqual(state);
  });
});

describe('a job of AWS Batch', () => {
  const listed = {
    ListJobs: {
      jobSummaryList: [
        { jobId: 'b-1', jobName: NAME },
        { jobId: 'b-2', jobName: 'other' },
      ],
    },
  };
  const described = (status: string, environment = ENVIRONMENT) => ({
    ...listed,
    DescribeJobs: { jobs: [{ jobId: 'b-1', status, container: { environment } }] },
  });
  const list = {
    command: 'ListJobs',
    input: { jobQueue: QUEUE, filters: [{ name: 'JOB_NAME', values: [NAME] }] },
  };

  it('is submitted with the call in its environment', async () => {
    const { sent, targets } = staged();
    expect(await targets.dispatch('batch', CALL)).toEqual({ kind: 'accepted' });
    expect(sent).toEqual([
      list,
      {
        command: 'SubmitJob',
        input: {
          jobName: NAME,
          jobQueue: QUEUE,
          jobDefinition: BATCH_DEFINITION,
          containerOverrides: { environment: ENVIRONMENT },
        },
      },
    ]);
  });

  it('that was submitted before is not submitted again', async () => {
    const { sent, targets } = staged(listed);
    expect(await targets.dispatch('batch', CALL)).toEqual({ kind: 'accepted' });
    expect(sent).toEqual([list]);
  });

  it('takes no call beyond what Batch takes', async () => {
    const { sent, targets } = staged();
    expect(await targets.dispatch('batch', { ...CALL, input: 'x'.repeat(28 * 1024) })).toMatchObject({
      outcome: { error: { code: 'InputTooLarge' } },
    });
    expect(sent).toEqual([]);
  });

  it('is terminated by its name', async () => {
    const { sent, targets } = staged(listed);
    await targets.interrupt('batch', RUNNING);
    expect(sent).toMatchObject([list, { command: 'TerminateJob', input: { jobId: 'b-1' } }]);
  });

  it.each([
    [described('RUNNABLE'), { kind: 'running' }],
    [described('SUCCEEDED'), { kind: 'ended', outcome: { kind: 'succeeded' } }],
    [described('SUCCEEDED', OTHERS), { kind: 'missing' }],
    [{}, { kind: 'missing' }],
  ])('of which %j is known is so', async (answers, state) => {
    expect(await staged(answers).targets.describe('batch', RUNNING, 'n-1')).toEqual(state);
  });
});

describe('what ended', () => {
  it.each([
    [{ kind: 'stateMachine', machine: MACHINE } as const, 'machine', true],
    [{ kind: 'stateMachine', machine: `${MACHINE}2` } as const, 'machine', false],
    [{ kind: 'stateMachine', machine: MACHINE } as const, 'task', false],
    [{ kind: 'stateMachine', machine: MACHINE } as const, 'unknown', false],
    [
      { kind: 'ecsTask', cluster: CLUSTER, taskDefinition: DEFINITION.replace(':7', ':6') } as const,
      'task',
      true,
    ],
    [
      { kind: 'ecsTask', cluster: CLUSTER, taskDefinition: `${DEFINITION.replace(':7', '2:7')}` } as const,
      'task',
      false,
    ],
    [{ kind: 'ecsTask', cluster: `${CLUSTER}2`, taskDefinition: DEFINITION } as const, 'task', false],
    [{ kind: 'batchJob', queue: QUEUE, definition: BATCH_DEFINITION } as const, 'batch', true],
    [{ kind: 'batchJob', queue: `${QUEUE}2`, definition: BATCH_DEFINITION } as const, 'batch', false],
  ])('%j is the target of %s: %s', (from, action, isOurs) => {
    expect(isTargetOf(TARGETS, from, action)).toBe(isOurs);
  });
});
