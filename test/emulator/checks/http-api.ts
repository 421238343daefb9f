import { expect } from 'vitest';
import * as z from 'zod';
import { LOCAL_REGION } from '../../../local/connection.ts';
import { newPasswords, signInLocalUsers } from '../../../local/users.ts';
import type { CheckSet } from '../check.ts';
import type { Lab } from '../lab.ts';

const ISSUER = { 'Fn::Join': ['', [`https://cognito-idp.${LOCAL_REGION}.amazonaws.com/`, { Ref: 'Pool' }]] };

const CALLBACK = 'http://localhost:53682/callback';

/** Of both checks: they run side by side, and sign in the same users. */
const PASSWORDS = newPasswords();

const renewedSchema = z.object({ access_token: z.string() });
const loginSchema = renewedSchema.extend({ refresh_token: z.string() });
const groupsSchema = z.object({ 'cognito:groups': z.array(z.string()) });

/** An HTTP API with a JWT authorizer in front of functions. */
export const httpApi: CheckSet = {
  functions: ['BrokenRoute', 'GuardedRoute'],
  resources: {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'lab', ProtocolType: 'HTTP' } },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
    },
    Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UserPoolName: 'lab' } },
    PoolClient: {
      Type: 'AWS::Cognito::UserPoolClient',
      Properties: { UserPoolId: { Ref: 'Pool' }, ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'] },
    },
    LoginClient: {
      Type: 'AWS::Cognito::UserPoolClient',
      Properties: {
        UserPoolId: { Ref: 'Pool' },
        AllowedOAuthFlows: ['code'],
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthScopes: ['openid'],
        CallbackURLs: [CALLBACK],
      },
    },
    Authorizer: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: { Ref: 'Api' },
        Name: 'jwt',
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Audience: [{ Ref: 'PoolClient' }], Issuer: ISSUER },
      },
    },
    ...route('BrokenRoute', 'GET /broken', {}),
    ...route('GuardedRoute', 'GET /guarded', {
      AuthorizationType: 'JWT',
      AuthorizerId: { Ref: 'Authorizer' },
    }),
  },
  checks: [
    {
      correction: 'integration-errors',
      name: 'a function that fails yields 500 without its error',
      async run(lab) {
        lab.recorder.script('BrokenRoute', () => ({ throw: { name: 'Secret', message: 'secret' } }));
        const response = await get(lab, '/broken');
        expect(response.status).toBe(500);
        expect(await response.json()).toEqual({ message: 'Internal Server Error' });
      },
    },
    {
      correction: undefined,
      name: "a local user's access token passes the JWT authorizer with its groups, and nothing else does",
      async run(lab) {
        lab.recorder.script('GuardedRoute', () => ({ return: { statusCode: 200 } }));
        const pool = {
          emulatorUrl: lab.url,
          userPoolId: lab.physicalId('Pool'),
          userPoolClientId: lab.physicalId('PoolClient'),
        };
        const tokens = await signInLocalUsers(pool, PASSWORDS);
        expect((await get(lab, '/guarded')).status).toBe(401);
        expect((await get(lab, '/guarded', `${tokens.operator.slice(0, -4)}AAAA`)).status).toBe(401);
        expect((await get(lab, '/guarded', tokens.operator)).status).toBe(200);
        expect(groupsOf(tokens.approver)).toEqual(['web:release-managers', 'web:viewer']);
      },
    },
    {
      correction: 'refreshed-tokens-have-groups',
      name: 'a token of the login page names the groups of its user, and so does a renewed one',
      async run(lab) {
        const pool = {
          emulatorUrl: lab.url,
          userPoolId: lab.physicalId('Pool'),
          userPoolClientId: lab.physicalId('PoolClient'),
        };
        await signInLocalUsers(pool, PASSWORDS);
        const client_id = lab.physicalId('LoginClient');
        const asked = { client_id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid' };
        const signIn = { ...asked, username: 'approver', password: PASSWORDS.approver };
        const login = await post(lab, '/login', signIn);
        const code = new URL(login.headers.get('location') ?? '').searchParams.get('code') ?? '';
        const grant = { grant_type: 'authorization_code', client_id, redirect_uri: CALLBACK, code };
        const granted = loginSchema.parse(await (await post(lab, '/oauth2/token', grant)).json());
        const renewal = { grant_type: 'refresh_token', client_id, refresh_token: granted.refresh_token };
        const renewed = renewedSchema.parse(await (await post(lab, '/oauth2/token', renewal)).json());
        for (const token of [granted.access_token, renewed.access_token]) {
          expect(groupsOf(token)).toEqual(['web:release-managers', 'web:viewer']);
        }
      },
    },
  ],
};

function route(name: string, key: string, authorization: object): CheckSet['resources'] {
  const ApiId = { Ref: 'Api' };
  return {
    [`${name}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': [name, 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    },
    [`${name}Entry`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId,
        RouteKey: key,
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: `${name}Integration` }]] },
        ...authorization,
      },
    },
  };
}

function groupsOf(token: string): readonly string[] {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return groupsSchema.parse(JSON.parse(payload))['cognito:groups'].sort();
}

function post(lab: Lab, path: string, form: Record<string, string>): Promise<Response> {
  return fetch(`${lab.url}${path}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
}

function get(lab: Lab, path: string, token?: string): Promise<Response> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${lab.url}/_aws/execute-api/${lab.physicalId('Api')}/$default${path}`, { headers });
}
