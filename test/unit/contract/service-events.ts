/**
 * The event of an execution that succeeded, as AWS shows it. Changed: what a test says.
 * Source: AWS Step Functions Developer Guide, "Automating Step Functions event delivery with EventBridge",
 * example "Execution succeeded".
 */
export function stateMachineEvent(detail: object): object {
  return {
    version: '0',
    id: '315c1398-40ff-a850-213b-158f73e60175',
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: '123456789012',
    time: '2019-02-26T19:42:21Z',
    region: 'us-east-1',
    resources: ['arn:aws:states:us-east-1:123456789012:execution:state-machine-name:execution-name'],
    detail: {
      executionArn: 'arn:aws:states:us-east-1:123456789012:execution:state-machine-name:execution-name',
      stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:state-machine-name',
      name: 'execution-name',
      status: 'SUCCEEDED',
      startDate: 1547148840101,
      stopDate: 1547148840122,
      input: '{}',
      output: '"Hello World!"',
      inputDetails: { included: true },
      outputDetails: { included: true },
      error: null,
      cause: null,
      ...detail,
    },
  };
}

/**
 * The event of a task. AWS shows one that runs; changed to one that stopped, by the fields that its page
 * describes for that (`lastStatus`, `stopCode`, `stoppedReason`, `exitCode`), and what a test says.
 * Source: Amazon ECS Developer Guide, "Amazon ECS task state change events".
 */
export function ecsTaskEvent(detail: object): object {
  return {
    version: '0',
    id: '3317b2af-7005-947d-b652-f55e762e571a',
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account: '111122223333',
    time: '2020-01-23T17:57:58Z',
    region: 'us-west-2',
    resources: ['arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad'],
    detail: {
      availabilityZone: 'us-west-2c',
      clusterArn: 'arn:aws:ecs:us-west-2:111122223333:cluster/FargateCluster',
      containers: [
        {
          containerArn: 'arn:aws:ecs:us-west-2:111122223333:container/cf159fd6-3e3f-4a9e-84f9-66cbe726af01',
          lastStatus: 'STOPPED',
          name: 'FargateApp',
          image: '111122223333.dkr.ecr.us-west-2.amazonaws.com/hello-repository:latest',
          taskArn: 'arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad',
          cpu: '0',
        },
      ],
      createdAt: '2020-01-23T17:57:34.402Z',
      launchType: 'FARGATE',
      cpu: '256',
      memory: '512',
      desiredStatus: 'STOPPED',
      group: 'family:sample-fargate',
      lastStatus: 'STOPPED',
      overrides: { containerOverrides: [{ name: 'FargateApp' }] },
      connectivity: 'CONNECTED',
      taskArn: 'arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad',
      taskDefinitionArn: 'arn:aws:ecs:us-west-2:111122223333:task-definition/sample-fargate:1',
      version: 4,
      platformVersion: '1.3.0',
      ...detail,
    },
  };
}

/**
 * The event of a Batch job that may run soon, as AWS shows it. Changed: what a test says.
 * Source: AWS Batch User Guide, "Job state change events".
 */
export function batchJobEvent(detail: object): object {
  return {
    version: '0',
    id: 'c8f9c4b5-76e5-d76a-f980-7011e206042b',
    'detail-type': 'Batch Job State Change',
    source: 'aws.batch',
    account: '123456789012',
    time: '2022-01-11T23:36:40Z',
    region: 'us-east-1',
    resources: ['arn:aws:batch:us-east-1:123456789012:job/4c7599ae-0a82-49aa-ba5a-4727fcce14a8'],
    detail: {
      jobArn: 'arn:aws:batch:us-east-1:123456789012:job/4c7599ae-0a82-49aa-ba5a-4727fcce14a8',
      jobName: 'event-test',
      jobId: '4c7599ae-0a82-49aa-ba5a-4727fcce14a8',
      jobQueue: 'arn:aws:batch:us-east-1:123456789012:job-queue/PexjEHappyPathCanary2JobQueue',
      status: 'RUNNABLE',
      attempts: [],
      createdAt: 1641944200058,
      retryStrategy: { attempts: 2, evaluateOnExit: [] },
      dependsOn: [],
      jobDefinition: 'arn:aws:batch:us-east-1:123456789012:job-definition/first-run-job-definition:1',
      parameters: {},
      container: {
        image: '137112412989.dkr.ecr.us-east-1.amazonaws.com/amazonlinux:latest',
        command: ['sleep', '600'],
        volumes: [],
        environment: [],
        mountPoints: [],
        ulimits: [],
        networkInterfaces: [],
        resourceRequirements: [
          { value: '2', type: 'VCPU' },
          { value: '256', type: 'MEMORY' },
        ],
        secrets: [],
      },
      propagateTags: false,
      platformCapabilities: [],
      ...detail,
    },
  };
}
