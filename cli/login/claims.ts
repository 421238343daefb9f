import * as z from 'zod';

const claimsSchema = z.looseObject({
  sub: z.string().optional(),
  username: z.string().optional(),
  'cognito:username': z.string().optional(),
  'cognito:groups': z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
  iss: z.string().optional(),
  /** Seconds since the epoch. */
  exp: z.number().optional(),
});

/** Who a token says that somebody is. */
export interface Claims {
  readonly user: string;
  readonly groups: readonly string[];
  readonly issuer: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
}

/** Reads a JWT without verifying it, which is the API's business: only to show it. Null for any other token. */
export function claimsOf(token: string): Claims | null {
  const [, payload = ''] = token.split('.');
  const claims = claimsSchema.safeParse(jsonOf(Buffer.from(payload, 'base64url').toString('utf8')));
  if (!claims.success) return null;
  const { username, sub, groups, iss, exp } = claims.data;
  return {
    user: username ?? claims.data['cognito:username'] ?? sub ?? 'somebody',
    groups: claims.data['cognito:groups'] ?? groups ?? [],
    issuer: iss,
    expiresAt: exp === undefined ? undefined : exp * 1_000,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
