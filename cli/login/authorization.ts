import * as oauth from 'oauth4webapi';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { isLoopback, type Profile } from '../profile/config.ts';

/** Clocks of laptops are wrong by as much. */
const CLOCK_TOLERANCE_SECONDS = 60;

const REQUEST_LIMIT_MS = 30_000;

/** What a token endpoint gave. */
export interface GrantedTokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly expiresInSeconds: number;
}

/** A login that has begun: where the browser goes, and what proves that its answer is for us. */
export interface PendingLogin {
  readonly url: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Tokens without an expiry are taken to last as Cognito's do by default. */
const DEFAULT_LIFETIME_SECONDS = 3_600;

/** Authorization code with PKCE (RFC 7636, S256), state and nonce. */
export async function beginLogin(profile: Profile, redirectUri: string): Promise<PendingLogin> {
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(profile.authorizationEndpoint);
  const query = {
    response_type: 'code',
    client_id: profile.clientId,
    redirect_uri: redirectUri,
    scope: profile.scopes.join(' '),
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { url: url.href, redirectUri, state, nonce, verifier };
}

/**
 * Exchanges the code that the browser came back with.
 *
 * @param callback the whole address it came to
 */
export async function finishLogin(
  profile: Profile,
  pending: PendingLogin,
  callback: URL,
): Promise<GrantedTokens> {
  const server = serverOf(profile);
  const client = clientOf(profile);
  return explained('The login was not completed', async () => {
    const params = oauth.validateAuthResponse(server, client, callback, pending.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      params,
      pending.redirectUri,
      pending.verifier,
      requestOptions(profile.tokenEndpoint),
    );
    return tokensOf(
      await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: pending.nonce,
        requireIdToken: profile.scopes.includes('openid'),
      }),
    );
  });
}

/** New tokens for an earlier login. */
export async function refreshLogin(profile: Profile, refreshToken: string): Promise<GrantedTokens> {
  const server = serverOf(profile);
  const client = clientOf(profile);
  return explained('The login could not be renewed', async () => {
    const options = requestOptions(profile.tokenEndpoint);
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      oauth.None(),
      refreshToken,
      options,
    );
    return tokensOf(await oauth.processRefreshTokenResponse(server, client, response));
  });
}

/** Where an issuer says that its endpoints are (OpenID Connect Discovery 1.0). */
export async function discoverEndpoints(
  issuer: string,
): Promise<Pick<Profile, 'issuer' | 'authorizationEndpoint' | 'tokenEndpoint'>> {
  const url = new URL(issuer);
  return explained(`The endpoints of ${issuer} could not be discovered`, async () => {
    const response = await oauth.discoveryRequest(url, requestOptions(issuer));
    const found = await oauth.processDiscoveryResponse(url, response);
    const { authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint } = found;
    if (authorizationEndpoint === undefined || tokenEndpoint === undefined) {
      throw new Error('it names no authorization and token endpoints; a user pool of Cognito needs a domain');
    }
    return { issuer: found.issuer, authorizationEndpoint, tokenEndpoint };
  });
}

function serverOf({ issuer, authorizationEndpoint, tokenEndpoint }: Profile): oauth.AuthorizationServer {
  return { issuer, authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint };
}

function clientOf({ clientId }: Profile): oauth.Client {
  return { client_id: clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
}

/** Plain http is for issuers on this very computer. */
function requestOptions(endpoint: string) {
  return {
    [oauth.allowInsecureRequests]: isLoopback(endpoint),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  };
}

function tokensOf(response: oauth.TokenEndpointResponse): GrantedTokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expires } = response;
  return {
    accessToken,
    expiresInSeconds: expires ?? DEFAULT_LIFETIME_SECONDS,
    ...(refreshToken === undefined ? {} : { refreshToken }),
  };
}

async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Failure(`${what}: ${reasonOf(error)}`, {
      exitCode: EXIT.notSignedIn,
      advice: 'Run jobplane login; jobplane doctor says what does not work.',
    });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    return error.error_description ?? error.error;
  }
  return error instanceof Error ? error.message : String(error);
}
