import { Token } from 'aws-cdk-lib';
import type { ClaimVariables } from '../../functions/runtime/environment.ts';

/** An OpenID Connect issuer that a team has already, such as Entra ID, Okta or Keycloak. */
export interface OidcProps {
  /**
   * The issuer exactly as its tokens have it in `iss`, with or without a slash at the end. API Gateway
   * reads its keys from `<issuer>/.well-known/openid-configuration`.
   */
  readonly issuer: string;

  /** What `aud`, or `client_id` where there is no `aud`, must be: one of these. */
  readonly audience: readonly string[];

  /**
   * The claim that lists a caller's groups: texts such as `web:operator`.
   *
   * @default groups
   */
  readonly groupsClaim?: string;

  /**
   * The claim that names a caller: jobs are owned by it. One that a user can change, or that is given to
   * somebody else later, makes one user the owner of another's jobs.
   *
   * @default sub
   */
  readonly userClaim?: string;
}

/** Whose tokens the API takes. */
export type Identity = { readonly kind: 'userPool' } | ({ readonly kind: 'oidc' } & Required<OidcProps>);

export const Identity = {
  /** A Cognito user pool of the stack's own: administrators make the users and put them in groups. */
  userPool(): Identity {
    return { kind: 'userPool' };
  },

  /**
   * Any OpenID Connect issuer; the stack then makes no user pool. Throws at synthesis for one that API
   * Gateway would refuse at deployment, or that no token could ever match.
   */
  oidc(props: OidcProps): Identity {
    const { issuer, audience, groupsClaim = 'groups', userClaim = 'sub' } = props;
    checkIssuer(issuer);
    if (audience.length === 0 || audience.includes('')) {
      throw new Error('Identity.oidc: audience names nothing; say whose tokens the API takes');
    }
    if (groupsClaim === '' || userClaim === '') {
      throw new Error('Identity.oidc: groupsClaim and userClaim name claims, so they cannot be empty');
    }
    return { kind: 'oidc', issuer, audience, groupsClaim, userClaim };
  },
};

/** Where our functions find a caller in a token. Without these they look where Cognito writes it. */
export function claimVariables(identity: Identity): ClaimVariables {
  if (identity.kind === 'userPool') return {};
  return { GROUPS_CLAIM: identity.groupsClaim, USER_CLAIM: identity.userClaim };
}

/** What OpenID Connect Discovery 1.0 says of an issuer: https, without query and fragment. */
function checkIssuer(issuer: string): void {
  // One that is known at deployment only, such as another stack's user pool.
  if (Token.isUnresolved(issuer)) return;
  const isPlain = URL.canParse(issuer) && !/[?#@\s]/.test(issuer);
  if (!isPlain || new URL(issuer).protocol !== 'https:') {
    throw new Error(
      `Identity.oidc: issuer '${issuer}' cannot be one; it is an https address without a query, as in the tokens' iss`,
    );
  }
}
