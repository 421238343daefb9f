import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { JobsApi } from './support/jobs-api.ts';

const stack = inject('stack');
const api = new JobsApi(stack);

const [HEADER = '', PAYLOAD = '', SIGNATURE = ''] = stack.tokens.operator.split('.');
const header = decoded(HEADER, z.looseObject({ kid: z.string(), alg: z.literal('RS256') }));
/** What a good token says: a signed-in operator's, of the stack's own pool. */
const claims = decoded(PAYLOAD, z.looseObject({ iss: z.string(), client_id: z.string(), exp: z.int() }));

/** Nobody but whoever signs tokens has this: a test reads it where the local AWS keeps it. */
let poolKey: KeyObject;
const strangerKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

beforeAll(async () => {
  const poolId = claims.iss.split('/').at(-1);
  const file = join(inject('stateDir'), 'state', 'cognito-pool-keys', `${poolId}-access.pem`);
  poolKey = createPrivateKey(await readFile(file, 'utf8'));
});

const HOUR_SECONDS = 3_600;
const nowSeconds = () => Math.floor(Date.now() / 1_000);

/** A token that is the operator's, but for what is said here. */
function token(
  parts: { readonly claims?: object; readonly header?: object; readonly key?: KeyObject } = {},
): string {
  const text = unsigned(parts);
  return `${text}.${sign('sha256', Buffer.from(text), parts.key ?? poolKey).toString('base64url')}`;
}

function unsigned(parts: { readonly claims?: object; readonly header?: object }): string {
  const now = nowSeconds();
  const fresh = { ...claims, iat: now, auth_time: now, exp: now + HOUR_SECONDS, ...parts.claims };
  return `${encoded({ ...header, ...parts.header })}.${encoded(fresh)}`;
}

/** Signed by what everybody knows, as if that were a secret. */
function signedByPublicKey(): string {
  const text = unsigned({ header: { alg: 'HS256' } });
  const known = createPublicKey(poolKey).export({ type: 'spki', format: 'pem' });
  return `${text}.${createHmac('sha256', known).update(text).digest('base64url')}`;
}

/** What is sent as `authorization`; null: nothing. */
const REFUSED: readonly (readonly [string, () => string | null])[] = [
  ['no token', () => null],
  ['an empty token', () => 'Bearer '],
  ['a token without Bearer before it', () => token()],
  ['a password', () => `Basic ${Buffer.from('operator:secret').toString('base64')}`],
  ['garbage', () => 'Bearer garbage'],
  ['garbage in three parts', () => 'Bearer e30.e30.e30'],
  ['a token that has expired', () => `Bearer ${token({ claims: { exp: nowSeconds() - 1 } })}`],
  ['a token without exp', () => `Bearer ${token({ claims: { exp: undefined } })}`],
  [
    'a token that is not valid yet',
    () => `Bearer ${token({ claims: { nbf: nowSeconds() + HOUR_SECONDS } })}`,
  ],
  ['a token for another client', () => `Bearer ${token({ claims: { client_id: 'another' } })}`],
  ['a token for another audience', () => `Bearer ${token({ claims: { aud: 'another' } })}`],
  ['a token of another issuer', () => `Bearer ${token({ claims: { iss: `${claims.iss}x` } })}`],
  ['a token of a key of their own', () => `Bearer ${token({ key: strangerKey })}`],
  [
    'a token of a key that it names itself',
    () => `Bearer ${token({ key: strangerKey, header: { kid: 'mine' } })}`,
  ],
  [
    'a token of a key that it brings along',
    () =>
      `Bearer ${token({ key: strangerKey, header: { jwk: createPublicKey(strangerKey).export({ format: 'jwk' }) } })}`,
  ],
  ['a token that nobody signed', () => `Bearer ${unsigned({ header: { alg: 'none' } })}.`],
  [
    'a token signed by nobody, with a signature',
    () => `Bearer ${unsigned({ header: { alg: 'none' } })}.${SIGNATURE}`,
  ],
  ['a token signed by the public key', () => `Bearer ${signedByPublicKey()}`],
  [
    'a token whose groups were changed',
    () => `Bearer ${HEADER}.${encoded({ ...claims, 'cognito:groups': ['*:admin'] })}.${SIGNATURE}`,
  ],
];

async function status(
  authorization: string | null,
  method: string,
  path: string,
  body?: object,
): Promise<number> {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await response.text();
  return response.status;
}

describe('a request', () => {
  test('with a good token is answered', async () => {
    expect(await status(`Bearer ${token()}`, 'GET', '/jobs?project=web&limit=1')).toBe(200);
    expect(await status(`bearer ${stack.tokens.operator}`, 'GET', '/jobs?project=web&limit=1')).toBe(200);
  });

  test('with any other is refused and changes nothing', async () => {
    const labels = { tokens: `t-${Date.now()}` };
    const id = await api.submit([{ name: 'one', action: 'log', input: { message: 'x' } }], { hold: true });
    const before = await api.journal(id);
    const spec = {
      name: 'stolen',
      project: 'web',
      labels,
      ops: [{ name: 'one', action: 'log', input: { message: 'x' } }],
    };
    const answers = await Promise.all(
      REFUSED.map(async ([what, authorizationOf]) => {
        const authorization = authorizationOf();
        const statuses = await Promise.all([
          status(authorization, 'GET', `/jobs/${id}`),
          status(authorization, 'POST', '/jobs', spec),
          status(authorization, 'POST', `/jobs/${id}/cancel`, {}),
        ]);
        return [what, ...statuses];
      }),
    );
    expect(answers).toEqual(REFUSED.map(([what]) => [what, 401, 401, 401]));
    expect(await api.journal(id)).toEqual(before);
    expect(await api.jobs(`label=tokens:${labels.tokens}`)).toEqual([]);
    await api.command(id, 'cancel');
  });
});

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decoded<Part>(part: string, schema: z.ZodType<Part>): Part {
  return schema.parse(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
}
