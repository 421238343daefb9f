import type { TokenSource } from '../api/api-client.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { NamedProfile, Profiles, StoredTokens } from '../profile/profiles.ts';
import { type GrantedTokens, refreshLogin } from './authorization.ts';

/** A token that expires while a request travels is of no use. */
const RENEW_BEFORE_MS = 60_000;

/** A token that somebody else takes care of, as in continuous integration. */
export function givenToken(token: string): TokenSource {
  return { token: async () => token, renewed: async () => null };
}

/** The tokens of the last login, renewed when they expire. */
export function loginTokens(profiles: Profiles, profile: NamedProfile, now: () => number): TokenSource {
  const renew = async ({ refreshToken }: StoredTokens): Promise<string | null> => {
    if (refreshToken === undefined) return null;
    const granted = await refreshLogin(profile, refreshToken);
    // An issuer that does not rotate them gives no new one.
    const renewed = storedTokens(profile.clientId, { refreshToken, ...granted }, now());
    await profiles.saveTokens(profile, renewed);
    return renewed.accessToken;
  };
  return {
    async token() {
      const stored = await profiles.tokens(profile);
      if (stored === null) throw notSignedIn(`You are not signed in to '${profile.name}'.`);
      if (stored.expiresAt - RENEW_BEFORE_MS > now()) return stored.accessToken;
      const renewed = await renew(stored);
      if (renewed === null) throw notSignedIn('Your login has expired.');
      return renewed;
    },
    async renewed() {
      const stored = await profiles.tokens(profile);
      return stored === null ? null : renew(stored);
    },
  };
}

export function storedTokens(clientId: string, granted: GrantedTokens, now: number): StoredTokens {
  const { accessToken, refreshToken, expiresInSeconds } = granted;
  return {
    clientId,
    accessToken,
    expiresAt: now + expiresInSeconds * 1_000,
    ...(refreshToken === undefined ? {} : { refreshToken }),
  };
}

function notSignedIn(message: string): Failure {
  return new Failure(message, { exitCode: EXIT.notSignedIn, advice: 'Run jobplane login.' });
}
