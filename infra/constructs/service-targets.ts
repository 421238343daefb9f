import { ArnFormat, Fn, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ActionTarget } from '../../functions/adapters/actions/registered-actions.ts';
import { acceptWildcard } from './accepted-findings.ts';
import type { ActionOf } from './action.ts';
import type { ControlFunctions } from './control-functions.ts';

/** The execution is started, stopped and asked after by the one function that reaches targets. */
export function stateMachineTarget(
  { machine }: ActionOf<'stateMachine'>,
  functions: ControlFunctions,
): ActionTarget {
  const grantee = functions.get('reach-target');
  machine.grantStartExecution(grantee);
  const name = Fn.select(6, Fn.split(':', machine.stateMachineArn));
  const executions = Stack.of(functions).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${name}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  grantee.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [executions],
    }),
  );
  acceptWildcard(functions, executions, 'Executions of this machine, named after tries that are to come.');
  return { kind: 'stateMachine', machine: machine.stateMachineArn };
}

/** Its tasks run as the roles of their definition, which the function may lend to Amazon ECS alone. */
export function ecsTaskTarget({ props }: ActionOf<'ecsTask'>, functions: ControlFunctions): ActionTarget {
  const { cluster, taskDefinition, subnets, securityGroups = [], assignPublicIp = false } = props;
  const container = props.container ?? taskDefinition.defaultContainer?.containerName;
  if (container === undefined) throw new Error('an ECS task needs a container that is given the call');
  const grantee = functions.get('reach-target');
  const ofCluster = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
  const allow = (actions: string[], resources: string[], conditions: iam.Conditions) =>
    grantee.addToRolePolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  allow(['ecs:RunTask'], [taskDefinition.taskDefinitionArn], ofCluster);
  const tasks = Stack.of(functions).formatArn({
    service: 'ecs',
    resource: 'task',
    resourceName: `${cluster.clusterName}/*`,
  });
  allow(['ecs:StopTask', 'ecs:DescribeTasks'], [tasks], ofCluster);
  acceptWildcard(functions, tasks, 'Tasks of this cluster, whose ids Amazon ECS chooses.');
  // A list of a cluster's tasks knows no resource; the cluster is its condition.
  allow(['ecs:ListTasks'], ['*'], ofCluster);
  const roles = [taskDefinition.taskRole, taskDefinition.executionRole];
  allow(
    ['iam:PassRole'],
    roles.flatMap((role) => (role === undefined ? [] : [role.roleArn])),
    { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  );
  const network =
    subnets === undefined
      ? {}
      : {
          network: {
            subnets: subnets.map(({ subnetId }) => subnetId),
            securityGroups: securityGroups.map(({ securityGroupId }) => securityGroupId),
            publicIp: assignPublicIp,
          },
        };
  return {
    kind: 'ecsTask',
    cluster: cluster.clusterArn,
    taskDefinition: taskDefinition.taskDefinitionArn,
    container,
    launchType: props.launchType ?? 'FARGATE',
    ...network,
  };
}

/** AWS Batch lets nobody be limited to Batch jobs of one queue once they are submitted. */
export function batchJobTarget(
  { jobQueue, jobDefinition }: ActionOf<'batchJob'>,
  functions: ControlFunctions,
): ActionTarget {
  const grantee = functions.get('reach-target');
  const allow = (actions: string[], resources: string[]) =>
    grantee.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
  allow(['batch:SubmitJob'], [jobQueue.jobQueueArn, jobDefinition.jobDefinitionArn]);
  const jobs = Stack.of(functions).formatArn({ service: 'batch', resource: 'job', resourceName: '*' });
  allow(['batch:TerminateJob'], [jobs]);
  acceptWildcard(functions, jobs, 'AWS Batch chooses the ids of its jobs, and names no queue in them.');
  // Reading knows no resources at all.
  allow(['batch:ListJobs', 'batch:DescribeJobs'], ['*']);
  return {
    kind: 'batchJob',
    queue: jobQueue.jobQueueArn,
    definition: jobDefinition.jobDefinitionArn,
  };
}

type ServiceTarget = Extract<ActionTarget, { kind: 'stateMachine' | 'ecsTask' | 'batchJob' }>;

/** A rule for each service that has targets, on the events of their ends and of no others. */
export function watchTargets(
  scope: Construct,
  found: readonly ActionTarget[],
  result: lambda.IFunction,
): void {
  const of = <Kind extends ServiceTarget['kind']>(kind: Kind) =>
    found.filter((target): target is Extract<ServiceTarget, { kind: Kind }> => target.kind === kind);
  const rule = (id: string, what: string, eventPattern: events.EventPattern) =>
    new events.Rule(scope, id, {
      description: `${what} of Jobplane actions that ended`,
      eventPattern,
      targets: [new targets.LambdaFunction(result)],
    });
  const machines = of('stateMachine');
  if (machines.length > 0) {
    rule('ExecutionsEnded', 'Executions', {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: unique(machines.map(({ machine }) => machine)),
        status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    });
  }
  const tasks = of('ecsTask');
  if (tasks.length > 0) {
    rule('TasksEnded', 'Tasks', {
      source: ['aws.ecs'],
      detailType: ['ECS Task State Change'],
      detail: { clusterArn: unique(tasks.map(({ cluster }) => cluster)), lastStatus: ['STOPPED'] },
    });
  }
  const jobs = of('batchJob');
  if (jobs.length > 0) {
    rule('BatchJobsEnded', 'Batch jobs', {
      source: ['aws.batch'],
      detailType: ['Batch Job State Change'],
      detail: { jobQueue: unique(jobs.map(({ queue }) => queue)), status: ['SUCCEEDED', 'FAILED'] },
    });
  }
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
