import { existsSync, readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { CLI_CALLBACK_URLS } from '../../core/contract/cli-client.ts';
import { ROUTES } from '../../functions/api/routes.ts';
import { JobplaneStack } from '../../infra/stacks/jobplane-stack.ts';
import { appOfTemplates } from './app-of-templates.ts';

const kept = Template.fromStack(
  new JobplaneStack(appOfTemplates(), 'Kept', { removalPolicy: RemovalPolicy.RETAIN }),
);

const resourcesSchema = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), DeletionPolicy: z.string().optional() })),
});

const functionSchema = z.object({
  Properties: z.object({
    Description: z.string().default(''),
    FunctionName: z.string().optional(),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
    Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
  }),
});

const policySchema = z.object({
  Properties: z.object({
    Roles: z.array(z.object({ Ref: z.string() })),
    PolicyDocument: z.object({
      Statement: z.array(z.looseObject({ Action: z.union([z.string(), z.array(z.string())]) })),
    }),
  }),
});

const ACCOUNT = { Ref: 'AWS::AccountId' };

const READ = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
const WRITE = [
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
];
const ANSWER = ['states:SendTaskFailure', 'states:SendTaskSuccess'];
const SCHEDULE = ['iam:PassRole', 'scheduler:CreateSchedule', 'scheduler:DeleteSchedule'];
const RECURRING = ['scheduler:UpdateSchedule'];
const MOVE_ON = [...READ, ...WRITE, ...ANSWER, 'states:StartExecution', ...SCHEDULE];
const COMMAND = [...MOVE_ON, 'states:StopExecution'];
const REACH = 'lambda:InvokeFunction';
const CANCEL = [...COMMAND, REACH];
const LOOK = [...MOVE_ON, 'states:DescribeExecution', 'states:StopExecution', REACH];
const STREAM = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
];
const FAILURES = [
  's3:Abort*',
  's3:DeleteObject*',
  's3:GetBucket*',
  's3:GetObject*',
  's3:List*',
  's3:PutObject',
  's3:PutObjectLegalHold',
  's3:PutObjectRetention',
  's3:PutObjectTagging',
  's3:PutObjectVersionTagging',
];

/** A function's own dead letters, and where it writes some itself. */
const LETTERS = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

/** What each function may do beyond writing its own log. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'get-open-api': [],
  'submit-job': MOVE_ON,
  'submit-batch': MOVE_ON,
  'list-jobs': READ,
  'get-job': READ,
  'read-journal': READ,
  'list-ops': READ,
  'list-children': READ,
  'list-actions': [],
  'explain-job': READ,
  'cancel-job': CANCEL,
  'confirm-job': MOVE_ON,
  'approve-job': MOVE_ON,
  'reject-job': MOVE_ON,
  'reschedule-job': COMMAND,
  'rerun-job': COMMAND,
  'roll-back-job': COMMAND,
  'pause-job': COMMAND,
  'resume-job': COMMAND,
  'answer-trap': COMMAND,
  'change-priority': MOVE_ON,
  'add-note': [...READ, ...WRITE],
  'delete-job': CANCEL,
  'complete-op': [...READ, ...WRITE, ...ANSWER],
  'fail-op': [...READ, ...WRITE, ...ANSWER],
  'heartbeat-op': [...READ, 'states:SendTaskHeartbeat'],
  'log-op': [...READ, ...WRITE],
  'get-session': READ,
  'close-session': CANCEL,
  'list-queues': READ,
  'put-queue': MOVE_ON,
  'list-resources': READ,
  'put-resource': MOVE_ON,
  'list-locks': READ,
  'release-lock': COMMAND,
  'list-schedules': READ,
  'create-schedule': [...CANCEL, ...RECURRING],
  'get-schedule': READ,
  'edit-schedule': [...CANCEL, ...RECURRING],
  'delete-schedule': [...CANCEL, ...RECURRING],
  'run-schedule-now': [...CANCEL, ...RECURRING],
  bulk: MOVE_ON,
  republish: [...READ, 'events:PutEvents'],
  'perform-op': [...MOVE_ON, REACH],
  'handle-op-failure': [...READ, ...WRITE, ...ANSWER, 'states:StartExecution', REACH],
  'plan-recovery': [...READ, ...WRITE, 'states:StartExecution'],
  'make-children': CANCEL,
  'give-up-children': MOVE_ON,
  'finish-job': MOVE_ON,
  'lambda-result': [...READ, ...WRITE, ...ANSWER],
  'service-result': [...READ, ...WRITE, ...ANSWER],
  'reach-target': [
    ...READ,
    ...WRITE,
    ...ANSWER,
    'states:DescribeExecution',
    'states:StartExecution',
    'states:StopExecution',
  ],
  'execution-ended': [...MOVE_ON, REACH],
  'publish-journal': ['events:PutEvents', ...STREAM, ...FAILURES],
  'on-command': [...COMMAND, 'events:PutEvents', ...LETTERS],
  'on-due': LOOK,
  'declare-queues': MOVE_ON,
  'run-schedule': [...CANCEL, ...RECURRING],
  'run-bulk': [...CANCEL, 'states:SendTaskHeartbeat'],
  sweep: [...LOOK, ...RECURRING],
};

describe('the roles', () => {
  test.each(Object.entries(ALLOWED))('of %s allow only its calls', (name, allowed) => {
    const actions = actionsOf(name).filter((action) => !action.startsWith('logs:'));
    expect([...new Set(actions)].sort()).toEqual([...new Set(allowed)].sort());
  });

  test('are those of every function of the control plane', () => {
    expect(
      controlFunctions()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(ALLOWED).sort());
  });
});

describe('the function that works through a filter', () => {
  test('may invoke itself and the one that reaches targets, and no other function', () => {
    const { role, functionName } = controlFunctions().find(({ name }) => name === 'run-bulk') ?? {};
    const invokes = Object.values(kept.findResources('AWS::IAM::Policy')).flatMap((resource) => {
      const { Roles, PolicyDocument } = policySchema.parse(resource).Properties;
      if (!Roles.some(({ Ref }) => Ref === role)) return [];
      return PolicyDocument.Statement.filter(({ Action }) => Action === 'lambda:InvokeFunction');
    });
    expect(functionName).toMatch(/^[A-Za-z0-9-]{1,64}$/);
    const reach = controlFunctions().find(({ name }) => name === 'reach-target')?.functionName;
    const invoked = invokes.map(({ Resource }) => JSON.stringify(Resource));
    expect(invoked).toEqual([
      expect.stringContaining(`:function:${functionName}"`),
      expect.stringContaining(`:function:${reach}"`),
    ]);
  });
});

describe('the schedules', () => {
  const variables = environmentOf('on-due');
  const calls = [
    ['on-due', 'SCHEDULE'],
    ['run-schedule', 'RECURRING'],
  ] as const;

  test.each(calls)('call %s by the name that was chosen for it', (entry, prefix) => {
    const name = controlFunctions().find((candidate) => candidate.name === entry)?.functionName ?? '';
    expect(name).toMatch(/^[A-Za-z0-9-]{1,64}$/);
    expect(JSON.stringify(variables[`${prefix}_FUNCTION_ARN`])).toContain(`:function:${name}"`);
  });

  test.each(calls)('that call %s are in a group of their own that goes with the stack', (_entry, prefix) => {
    kept.hasResource('AWS::Scheduler::ScheduleGroup', {
      DeletionPolicy: 'Delete',
      Properties: { Name: variables[`${prefix}_GROUP`] },
    });
    expect(variables['SCHEDULE_GROUP']).not.toEqual(variables['RECURRING_GROUP']);
  });

  test('call as a role that only they may take', () => {
    kept.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceArn': Match.anyValue(), 'aws:SourceAccount': ACCOUNT } },
          },
        ],
      },
    });
  });

  test('are lent their role for nothing but schedules', () => {
    const passes = Object.values(kept.findResources('AWS::IAM::Policy')).flatMap((resource) =>
      policySchema
        .parse(resource)
        .Properties.PolicyDocument.Statement.filter(({ Action }) => Action === 'iam:PassRole'),
    );
    expect(passes.length).toBeGreaterThan(0);
    for (const pass of passes) {
      expect(pass).toMatchObject({
        Resource: expect.toBeOneOf([variables['SCHEDULE_ROLE_ARN'], variables['RECURRING_ROLE_ARN']]),
        Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      });
    }
  });

  test.each(Object.keys(ALLOWED))('are made by %s if and only if it may', (name) => {
    const source = ['api', 'events', 'tasks']
      .map((folder) => `functions/${folder}/${name}.lambda.ts`)
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'));
    expect(source).toHaveLength(1);
    const makesRecurring = source.join().includes('composeScheduleDeps()');
    expect(makesRecurring).toBe(ALLOWED[name]?.includes('scheduler:UpdateSchedule'));
    expect(makesRecurring || source.join().includes('composeSchedules()')).toBe(
      ALLOWED[name]?.includes('scheduler:CreateSchedule'),
    );
  });
});

describe('the stack', () => {
  test('keeps the history of a team unless told otherwise', () => {
    kept.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: {
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      },
    });
  });

  test('removes everything when told so', () => {
    const stack = new JobplaneStack(appOfTemplates(), 'Destroyed', { removalPolicy: RemovalPolicy.DESTROY });
    const resources = resourcesSchema.parse(Template.fromStack(stack).toJSON());
    const left = Object.entries(resources.Resources).filter(
      ([, { DeletionPolicy }]) => DeletionPolicy === 'Retain',
    );
    // Versions belong to their functions, and go with them.
    expect(left.filter(([, { Type }]) => Type !== 'AWS::Lambda::Version')).toEqual([]);
  });

  test('puts every route but the public ones behind the authorizer', () => {
    const routes = Object.values(kept.findResources('AWS::ApiGatewayV2::Route'));
    const authorized = routes.map(({ Properties }) => [Properties.RouteKey, Properties.AuthorizationType]);
    const declared = Object.values(ROUTES).map((route) => [
      `${route.method} ${route.path}`,
      'public' in route ? 'NONE' : 'JWT',
    ]);
    expect(authorized.sort()).toEqual(declared.sort());
  });

  test('never lets Lambda retry an action, since the op protocol does', () => {
    const configs = Object.values(kept.findResources('AWS::Lambda::EventInvokeConfig')).filter(
      ({ Properties }) => Properties?.Qualifier !== '$LATEST',
    );
    expect(configs.length).toBeGreaterThan(0);
    for (const { Properties } of configs) {
      expect(Properties).toMatchObject({
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: { OnSuccess: expect.anything(), OnFailure: expect.anything() },
      });
    }
  });

  test('has its alarms tell nobody unless it is given a topic', () => {
    const alarms = Object.values(kept.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.length).toBeGreaterThan(0);
    for (const { Properties } of alarms) expect(Properties).not.toHaveProperty('AlarmActions');
  });

  test('leaves no placeholder in the definition of the state machine', () => {
    const text = JSON.stringify(kept.findResources('AWS::StepFunctions::StateMachine'));
    expect(text).not.toMatch(/\$\{[A-Za-z]+Function\}/);
  });
});

interface ControlFunction {
  readonly name: string;
  readonly role: string;
  readonly functionName: string | undefined;
  readonly environment: Readonly<Record<string, unknown>>;
}

function controlFunctions(): readonly ControlFunction[] {
  return Object.values(kept.findResources('AWS::Lambda::Function')).flatMap((resource) => {
    const parsed = functionSchema.safeParse(resource);
    const [, name] = /^Jobplane: (.+)$/.exec(parsed.data?.Properties.Description ?? '') ?? [];
    if (parsed.data === undefined || name === undefined) return [];
    const { Role, FunctionName: functionName, Environment } = parsed.data.Properties;
    return [{ name, role: Role['Fn::GetAtt'][0], functionName, environment: Environment?.Variables ?? {} }];
  });
}

function environmentOf(name: string): ControlFunction['environment'] {
  const found = controlFunctions().find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no function ${name}`);
  return found.environment;
}

function actionsOf(name: string): readonly string[] {
  const found = controlFunctions().find((candidate) => candidate.name === name);
  return Object.values(kept.findResources('AWS::IAM::Policy')).flatMap((resource) => {
    const { Roles, PolicyDocument } = policySchema.parse(resource).Properties;
    if (!Roles.some(({ Ref }) => Ref === found?.role)) return [];
    return PolicyDocument.Statement.flatMap(({ Action }) => Action);
  });
}

describe('the command line', () => {
  test('signs in by the code flow at the addresses that it listens on, and has no secret', () => {
    kept.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: ['openid', 'profile'],
      CallbackURLs: [...CLI_CALLBACK_URLS],
    });
  });

  test('is an audience of the API', () => {
    const [clientOfCli] = Object.keys(
      kept.findResources('AWS::Cognito::UserPoolClient', {
        Properties: { CallbackURLs: [...CLI_CALLBACK_URLS] },
      }),
    );
    kept.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Audience: Match.arrayWith([{ Ref: clientOfCli }]) },
    });
  });
});
