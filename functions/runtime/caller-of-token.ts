import * as z from 'zod';
import type { Caller } from '../../core/access/caller.ts';
import { type Refused, refused } from '../../core/contract/error-codes.ts';
import { JOBPLANE } from '../../core/job/journal-entry.ts';

/** How a token is read: which claims tell the caller, and what time it is. */
export interface TokenReading {
  readonly groupsClaim: string;
  /** The first of these that a token has names the user. */
  readonly userClaims: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Who asks, by the token itself. The JWT authorizer in front of every route has verified signature,
 * issuer and audience; we decode it once more since the authorizer hands claims on as flattened text,
 * in which a group named `a b` reads as two.
 */
export function callerOfToken(
  authorization: string | undefined,
  reading: TokenReading,
): { readonly ok: true; readonly caller: Caller } | Refused {
  const claims = claimsSchema.safeParse(payloadOf(authorization));
  if (!claims.success) return unauthenticated('The request has no bearer token that is a JWT and expires.');
  if (claims.data.exp * 1000 <= reading.now) return unauthenticated('The token has expired: sign in again.');
  const groups = z.array(z.string()).safeParse(claims.data[reading.groupsClaim]);
  if (!groups.success)
    return unauthenticated(`The token has no claim '${reading.groupsClaim}' that lists groups.`);
  const names = reading.userClaims.map((claim) => claims.data[claim]);
  const user = nameSchema.safeParse(names.find((name) => name !== undefined && name !== null));
  if (!user.success) {
    return unauthenticated(`The token names no user by the claim '${reading.userClaims.join("' or '")}'.`);
  }
  return { ok: true, caller: { user: user.data, groups: groups.data } };
}

/** Of an access token, of an ID token, and of a token that has neither. */
export const COGNITO_USER_CLAIMS = ['username', 'cognito:username', 'sub'] as const;

const claimsSchema = z.looseObject({ exp: z.number() });

const USER_CHARACTERS = 256;

/** Jobplane signs what it does of itself with a name that no user may have. */
const nameSchema = z
  .string()
  .min(1)
  .max(USER_CHARACTERS)
  .refine((name) => name !== JOBPLANE);

/** Null for what is no JWT. */
function payloadOf(authorization: string | undefined): unknown {
  const [, payload] = /^Bearer +[\w-]+\.([\w-]+)\.[\w-]+$/i.exec(authorization ?? '') ?? [];
  if (payload === undefined) return null;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function unauthenticated(detail: string): Refused {
  return refused('Unauthenticated', detail);
}
