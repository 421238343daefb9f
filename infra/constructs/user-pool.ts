import { Duration, Fn, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { CLI_CALLBACK_URLS } from '../../core/contract/cli-client.ts';
import { acceptFinding } from './accepted-findings.ts';

/** How long after a login `jobplane` renews its token by itself: then it asks for another login. */
const CLI_LOGIN_LASTS = Duration.days(7);

/** The stack's own user pool: administrators make the users and put them in groups `project:role`. */
export class UserPool extends Construct {
  readonly pool: cognito.UserPool;
  readonly client: cognito.UserPoolClient;
  /** Of the command line: public, so it proves by PKCE that it is who asked for the code. */
  readonly cliClient: cognito.UserPoolClient;
  /** Serves the login page. */
  readonly domain: cognito.UserPoolDomain;

  constructor(scope: Construct, id: string, props: { removalPolicy: RemovalPolicy }) {
    super(scope, id);
    this.pool = new cognito.UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      removalPolicy: props.removalPolicy,
    });
    acceptFinding(
      this.pool,
      'COG2',
      'A second factor is for the team to require: with its own issuer, or here.',
    );
    acceptFinding(
      this.pool,
      'COG8',
      'The plus tier is priced by the user; a team that wants it has its own issuer.',
    );
    this.client = this.pool.addClient('Client', {
      authFlows: { userSrp: true, adminUserPassword: true },
      preventUserExistenceErrors: true,
    });
    this.domain = this.pool.addDomain('Domain', { cognitoDomain: { domainPrefix: domainPrefix(this) } });
    this.cliClient = this.pool.addClient('CommandLine', {
      generateSecret: false,
      // No flow but the login page's, and refreshing what that gave.
      authFlows: { userSrp: false },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.PROFILE],
        callbackUrls: [...CLI_CALLBACK_URLS],
      },
      supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
      refreshTokenValidity: CLI_LOGIN_LASTS,
      preventUserExistenceErrors: true,
    });
  }

  /** What its tokens say of themselves, and clients discover its endpoints by. */
  get issuer(): string {
    return `https://cognito-idp.${Stack.of(this).region}.amazonaws.com/${this.pool.userPoolId}`;
  }

  /** Clients whose tokens are taken. */
  get audience(): readonly [string, ...string[]] {
    return [this.client.userPoolClientId, this.cliClient.userPoolClientId];
  }
}

/**
 * All accounts of a region share its prefixes, and none may have `aws` in it: the stack's own unique id, which
 * is the end of its ARN and hexadecimal.
 */
function domainPrefix(scope: Construct): string {
  return `jobplane-${Fn.select(2, Fn.split('/', Stack.of(scope).stackId))}`;
}
