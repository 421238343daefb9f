import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { claimsEnvironment, quotasEnvironment } from '../../functions/runtime/environment.ts';
import { Identity } from '../../infra/constructs/identity.ts';
import { Jobplane, type JobplaneProps } from '../../infra/constructs/jobplane.ts';
import { appOfTemplates } from './app-of-templates.ts';

const ISSUER = 'https://login.example.com/tenant/v2.0';

const environmentSchema = z.object({
  Properties: z.object({
    Description: z.string().default(''),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
  }),
});

function templateOf(props: JobplaneProps): Template {
  const stack = new Stack(appOfTemplates(), 'Test');
  new Jobplane(stack, 'Jobs', { removalPolicy: RemovalPolicy.DESTROY, ...props });
  return Template.fromStack(stack);
}

/** What the functions of the control plane are handed. */
function variablesOf(template: Template): readonly Readonly<Record<string, unknown>>[] {
  return Object.values(template.findResources('AWS::Lambda::Function')).flatMap((resource) => {
    const { Description, Environment } = environmentSchema.parse(resource).Properties;
    return Description.startsWith('Jobplane: ') ? [Environment?.Variables ?? {}] : [];
  });
}

describe('a stack whose users are those of another issuer', () => {
  const template = templateOf({
    identity: Identity.oidc({ issuer: ISSUER, audience: ['jobplane', 'jobplane-cli'], groupsClaim: 'roles' }),
    quotas: { waitingJobs: 50, submissionsPerMinute: 100 },
    throttle: { rate: 20, burst: 40 },
    retention: Duration.days(90),
  });

  test('takes its tokens for its audiences, and makes no user pool', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: ISSUER, Audience: ['jobplane', 'jobplane-cli'] },
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 1);
    template.resourceCountIs('AWS::Cognito::UserPool', 0);
    template.resourceCountIs('AWS::Cognito::UserPoolClient', 0);
  });

  test('tells every function by which claims a caller is read', () => {
    const all = variablesOf(template);
    expect(all.length).toBeGreaterThan(0);
    for (const variables of all) {
      expect(claimsEnvironment.parse(variables)).toEqual({ GROUPS_CLAIM: 'roles', USER_CLAIM: 'sub' });
    }
  });

  test('tells every function the quotas, those that are left out among them', () => {
    for (const variables of variablesOf(template)) {
      expect(quotasEnvironment.parse(variables).QUOTAS).toEqual({
        waitingJobs: 50,
        schedules: 1_000,
        submissionsPerMinute: 100,
      });
    }
  });

  test('tells every function how long jobs stay readable', () => {
    for (const variables of variablesOf(template)) expect(variables['RETENTION']).toBe('P90D');
  });

  test('lets as many requests through as it was told', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
  });
});

describe('a stack that is told nothing of its users', () => {
  const template = templateOf({});

  test('takes the tokens of its own user pool', () => {
    const [pool = ''] = Object.keys(template.findResources('AWS::Cognito::UserPool'));
    const clients = Object.keys(template.findResources('AWS::Cognito::UserPoolClient'));
    expect(clients).toHaveLength(2);
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: {
        Audience: clients.map((client) => ({ Ref: client })),
        Issuer: { 'Fn::Join': ['', Match.arrayWith([{ Ref: pool }])] },
      },
    });
    for (const variables of variablesOf(template)) {
      expect(claimsEnvironment.parse(variables)).toEqual({ GROUPS_CLAIM: 'cognito:groups' });
    }
  });

  test('has the quotas and the throttle that are documented', () => {
    for (const variables of variablesOf(template)) {
      expect(quotasEnvironment.parse(variables).QUOTAS).toEqual({ waitingJobs: 10_000, schedules: 1_000 });
    }
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 500 },
    });
  });
});

describe('an issuer', () => {
  const audience = ['jobplane'];

  test.each([
    'http://login.example.com',
    'login.example.com',
    'https://login.example.com/?tenant=1',
    'https://login.example.com?',
    'https://login.example.com/#here',
    'https://ada:secret@login.example.com',
    'https://login.example.com ',
    '',
  ])('%j is refused at synthesis', (issuer) => {
    expect(() => Identity.oidc({ issuer, audience })).toThrow(`issuer '${issuer}' cannot be one`);
  });

  test.each(['https://login.example.com', 'https://login.example.com/', ISSUER])(
    '%j is taken as it is',
    (issuer) => {
      expect(Identity.oidc({ issuer, audience })).toEqual({
        kind: 'oidc',
        issuer,
        audience,
        groupsClaim: 'groups',
        userClaim: 'sub',
      });
    },
  );

  test('may be known at deployment only', () => {
    const issuer = Fn.importValue('TheIssuer');
    expect(Identity.oidc({ issuer, audience })).toMatchObject({ issuer });
  });

  test.each([[[]], [['']], [['jobplane', '']]])('with the audience %j is refused', (none) => {
    expect(() => Identity.oidc({ issuer: ISSUER, audience: none })).toThrow('audience');
  });

  test.each([{ groupsClaim: '' }, { userClaim: '' }])('with %j is refused', (claims) => {
    expect(() => Identity.oidc({ issuer: ISSUER, audience, ...claims })).toThrow('claims');
  });
});

test('a quota that nothing could meet is refused at synthesis', () => {
  expect(() => templateOf({ quotas: { waitingJobs: 0 } })).toThrow('waitingJobs');
});
