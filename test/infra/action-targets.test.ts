import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Action } from '../../infra/constructs/action.ts';
import { Jobplane } from '../../infra/constructs/jobplane.ts';
import { appOfTemplates } from './app-of-templates.ts';

/** A stack with a target of every kind, and one that is none. */
function deployed(): Template {
  const stack = new Stack(appOfTemplates(), 'Targets');
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 });
  const cluster = new ecs.Cluster(stack, 'Cluster', { vpc });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Render');
  taskDefinition.addContainer('app', { image: ecs.ContainerImage.fromRegistry('example/render') });
  const machine = new sfn.StateMachine(stack, 'Machine', {
    definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Pass')),
  });
  const environment = new batch.FargateComputeEnvironment(stack, 'Environment', { vpc });
  const jobQueue = new batch.JobQueue(stack, 'Queue', {
    computeEnvironments: [{ computeEnvironment: environment, order: 1 }],
  });
  const jobDefinition = new batch.EcsJobDefinition(stack, 'Definition', {
    container: new batch.EcsFargateContainerDefinition(stack, 'Container', {
      image: ecs.ContainerImage.fromRegistry('example/render'),
      cpu: 0.25,
      memory: Size.mebibytes(512),
    }),
  });
  new Jobplane(stack, 'Jobs', {
    removalPolicy: RemovalPolicy.DESTROY,
    actions: {
      machine: Action.stateMachine(machine),
      render: Action.ecsTask({ cluster, taskDefinition, subnets: vpc.publicSubnets, assignPublicIp: true }),
      night: Action.batchJob({ jobQueue, jobDefinition }),
      fetch: Action.http({
        hosts: ['api.example.com'],
        methods: ['GET'],
        timeout: Duration.seconds(20),
        authorization: { secret: new secretsmanager.Secret(stack, 'Secret') },
      }),
    },
  });
  return Template.fromStack(stack);
}

const template = deployed();

const statementSchema = z.looseObject({ Action: z.union([z.string(), z.array(z.string())]) });
const policySchema = z.object({
  Properties: z.object({
    Roles: z.array(z.object({ Ref: z.string() })),
    PolicyDocument: z.object({ Statement: z.array(statementSchema) }),
  }),
});
const functionSchema = z.object({
  Properties: z.object({
    Description: z.string().default(''),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
    Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
    Timeout: z.number().optional(),
  }),
});

function functionOf(description: string) {
  const found = Object.values(template.findResources('AWS::Lambda::Function'))
    .map((resource) => functionSchema.safeParse(resource).data?.Properties)
    .find((properties) => properties?.Description === description);
  if (found === undefined) throw new Error(`there is no function '${description}'`);
  return found;
}

/** What the role of a function allows beyond its log, by action. */
function statementsOf(description: string) {
  const role = functionOf(description).Role['Fn::GetAtt'][0];
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .map((resource) => policySchema.parse(resource).Properties)
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action: action }) => ![action].flat().some((name) => name.startsWith('logs:')));
}

const reaching = statementsOf('Jobplane: reach-target');
const statementFor = (action: string) =>
  reaching.find(({ Action: actions }) => [actions].flat().includes(action));

/** The resource that an ARN or a reference in a template means. */
const means = (logicalId: RegExp) => ({
  asymmetricMatch: (value: unknown) => logicalId.test(JSON.stringify(value)),
});

const OF_CLUSTER = { ArnEquals: { 'ecs:cluster': means(/"Cluster/) } };

describe('the function that reaches targets', () => {
  test.each([
    ['states:StartExecution', { Resource: means(/^\{"Ref":"Machine/) }],
    ['states:StopExecution', { Resource: means(/:execution:.*Machine/) }],
    ['ecs:RunTask', { Resource: means(/"Render/), Condition: OF_CLUSTER }],
    ['ecs:StopTask', { Resource: means(/:task\/.*"Cluster.*\/\*"/), Condition: OF_CLUSTER }],
    ['ecs:ListTasks', { Resource: '*', Condition: OF_CLUSTER }],
    [
      'iam:PassRole',
      {
        Resource: means(/RenderTaskRole/),
        Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ],
    ['batch:SubmitJob', { Resource: [means(/"Queue/), means(/"Definition/)] }],
    ['batch:TerminateJob', { Resource: means(/:job\/\*"/) }],
    ['batch:ListJobs', { Resource: '*' }],
  ])('may %s of its targets alone', (action, expected) => {
    expect(statementFor(action)).toMatchObject(expected);
  });

  test('alone may do anything at those services, and is alone with its targets but for two', () => {
    const others = Object.values(template.findResources('AWS::Lambda::Function')).flatMap((resource) => {
      const found = functionSchema.safeParse(resource).data?.Properties;
      return found === undefined || found.Description === 'Jobplane: reach-target' ? [] : [found];
    });
    for (const { Description } of others) {
      const actions = statementsOf(Description).flatMap(({ Action: action }) => action);
      expect(actions.filter((action) => /^(?:ecs|batch):/.test(action))).toEqual([]);
    }
    const told = others.filter(({ Environment }) => Environment?.Variables['ACTION_TARGETS'] !== undefined);
    expect(told.map(({ Description }) => Description).sort()).toEqual([
      'Jobplane: perform-op',
      'Jobplane: service-result',
    ]);
  });
});

describe('the events of services', () => {
  test.each([
    ['aws.states', { stateMachineArn: [means(/"Machine/)], status: Match.anyValue() }],
    ['aws.ecs', { clusterArn: [means(/"Cluster/)], lastStatus: ['STOPPED'] }],
    ['aws.batch', { jobQueue: [means(/"Queue/)], status: ['SUCCEEDED', 'FAILED'] }],
  ])('of %s come from our targets alone', (source, detail) => {
    const patterns = Object.values(template.findResources('AWS::Events::Rule')).map(({ Properties }) =>
      z.object({ Description: z.string(), EventPattern: z.unknown() }).parse(Properties),
    );
    const found = patterns.find(
      ({ Description, EventPattern }) =>
        Description.includes('actions that ended') && JSON.stringify(EventPattern).includes(source),
    );
    expect(found?.EventPattern).toMatchObject({
      source: [source],
      detail: source === 'aws.states' ? { stateMachineArn: [means(/"Machine/)] } : detail,
    });
  });
});

describe('the function of an http action', () => {
  const description = 'Jobplane requests of action fetch';

  test('may read its secret and deliver how it went, and nothing else', () => {
    const allowed = statementsOf(description).flatMap(({ Action: action }) => action);
    expect([...new Set(allowed)].sort()).toEqual([
      'lambda:InvokeFunction',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
    ]);
  });

  test('is told where its requests may go, and lives longer than they', () => {
    const { Environment, Timeout } = functionOf(description);
    const rules = JSON.stringify(Environment?.Variables['HTTP_RULES']);
    for (const part of ['api.example.com', 'GET', 'authorization']) expect(rules).toContain(part);
    expect(Object.keys(Environment?.Variables ?? {})).toEqual(['HTTP_RULES']);
    expect(Timeout).toBeGreaterThan(20);
  });

  test('is called once for each try', () => {
    const configs = Object.values(template.findResources('AWS::Lambda::EventInvokeConfig'));
    // Functions that deliver what they return; the one for commands of the bus does not.
    const delivering = configs.filter(
      ({ Properties }) => Properties.DestinationConfig?.OnSuccess !== undefined,
    );
    expect(delivering).toHaveLength(1);
    expect(delivering[0]?.['Properties']).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });
});

describe('an http action', () => {
  test.each([
    [{ hosts: [] }, 'needs the hosts'],
    [{ hosts: ['169.254.169.254'] }, 'full name'],
    [{ hosts: ['*.example.com'] }, 'full name'],
    [{ hosts: ['localhost'] }, 'full name'],
    [{ hosts: ['api.example.com'], timeout: Duration.minutes(15) }, '14 minutes'],
  ])('cannot be %j', (props, message) => {
    expect(() => Action.http(props)).toThrow(message);
  });
});
