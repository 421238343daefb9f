import {
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { CALL_VARIABLE, outcomeOfTask, stoppedTaskSchema } from '../../../core/contract/ecs-task-result.ts';
import { jsonBytes } from '../../../core/contract/limits.ts';
import { nonceIn } from '../../../core/contract/service-answer.ts';
import { tryName } from '../../../core/contract/try-name.ts';
import type { ActionCall, Dispatched, RunningCall } from '../../../core/ports/actions.ts';
import type { TargetState } from '../../../core/ports/targets.ts';
import { callTooLarge } from './call-too-large.ts';
import type { TargetOf } from './registered-actions.ts';

type Target = TargetOf<'ecsTask'>;

/** RunTask takes at most 8,192 characters of overrides as JSON (Amazon ECS API Reference, RunTask). */
const OVERRIDES_BYTES = 8_192;

/**
 * Runs one task whose container finds our call in its environment. The client token makes a repeat meet
 * the same task, and `startedBy` names the try in the task's events and lists.
 */
export async function dispatchEcsTask(
  client: ECSClient,
  target: Target,
  call: ActionCall,
): Promise<Dispatched> {
  const name = tryName({ ...call, op: call.op.index });
  const overrides = {
    containerOverrides: [
      { name: target.container, environment: [{ name: CALL_VARIABLE, value: JSON.stringify(call) }] },
    ],
  };
  const bytes = jsonBytes(overrides);
  if (bytes > OVERRIDES_BYTES) return callTooLarge('Amazon ECS', bytes, OVERRIDES_BYTES);
  const { tasks = [], failures = [] } = await client.send(
    new RunTaskCommand({
      cluster: target.cluster,
      taskDefinition: target.taskDefinition,
      launchType: target.launchType,
      count: 1,
      clientToken: name,
      startedBy: name,
      overrides,
      ...networkOf(target),
    }),
  );
  if (tasks.length > 0) return { kind: 'accepted' };
  const why = failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(' ')).join('; ');
  throw new Error(`Amazon ECS placed no task: ${why}`);
}

export async function stopEcsTask(client: ECSClient, target: Target, running: RunningCall): Promise<void> {
  const reason = 'Jobplane does not want its result any more';
  for (const task of await listTasks(client, target, running, 'RUNNING')) {
    await client.send(new StopTaskCommand({ cluster: target.cluster, task, reason }));
  }
}

/** Amazon ECS lists tasks by whether they are to run, and those that stopped for an hour at least. */
export async function describeEcsTask(
  client: ECSClient,
  target: Target,
  running: RunningCall,
  nonce: string,
): Promise<TargetState> {
  const wanted = await listTasks(client, target, running, 'RUNNING');
  const stopping = await listTasks(client, target, running, 'STOPPED');
  const found = [...wanted, ...stopping];
  if (found.length === 0) return { kind: 'missing' };
  const { tasks = [] } = await client.send(
    new DescribeTasksCommand({ cluster: target.cluster, tasks: found }),
  );
  const task = tasks.find((candidate) => nonceIn(callOf(candidate)) === nonce);
  if (task === undefined) return { kind: 'missing' };
  if (task.lastStatus !== 'STOPPED') return { kind: 'running' };
  return { kind: 'ended', outcome: outcomeOfTask(stoppedTaskSchema.parse(task), target.container) };
}

function callOf({ overrides }: Task): string | undefined {
  return overrides?.containerOverrides
    ?.flatMap(({ environment = [] }) => environment)
    .find(({ name }) => name === CALL_VARIABLE)?.value;
}

async function listTasks(
  client: ECSClient,
  { cluster }: Target,
  running: RunningCall,
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<readonly string[]> {
  const startedBy = tryName(running);
  const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster, startedBy, desiredStatus }));
  return taskArns;
}

function networkOf({ network }: Target) {
  if (network === undefined) return {};
  const { subnets, securityGroups, publicIp } = network;
  const assignPublicIp = publicIp ? ('ENABLED' as const) : ('DISABLED' as const);
  return { networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp } } };
}
