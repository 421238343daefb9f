import { describe, expect, it } from 'vitest';
import { COGNITO_USER_CLAIMS, callerOfToken } from '../../../functions/runtime/caller-of-token.ts';
import { tokenOf } from './token.ts';

const NOW = Date.UTC(2026, 0, 1);
const EXP = NOW / 1000 + 60;
const GOOD = { exp: EXP, sub: 'a-sub', username: 'ada', 'cognito:groups': ['web:viewer'] };

const COGNITO = { groupsClaim: 'cognito:groups', userClaims: COGNITO_USER_CLAIMS };

const read = (authorization: string | undefined, claims: object = {}) =>
  callerOfToken(authorization, { ...COGNITO, ...claims, now: NOW });

const readClaims = (claims: object, configured?: object) => read(`Bearer ${tokenOf(claims)}`, configured);

describe('the caller of a token', () => {
  it('is its user with its groups, spaces in them included', () => {
    const groups = ['web:viewer', 'web:a b', '*:worker'];
    expect(readClaims({ ...GOOD, 'cognito:groups': groups })).toEqual({
      ok: true,
      caller: { user: 'ada', groups },
    });
  });

  it.each([
    [{ username: 'ada', 'cognito:username': 'bob', sub: 'c' }, 'ada'],
    [{ username: undefined, 'cognito:username': 'bob', sub: 'c' }, 'bob'],
    [{ username: undefined, sub: 'c' }, 'c'],
  ])('has the first name of %j', (names, user) => {
    expect(readClaims({ ...GOOD, ...names })).toMatchObject({ caller: { user } });
  });

  it('may be in no group', () => {
    expect(readClaims({ ...GOOD, 'cognito:groups': [] })).toMatchObject({ caller: { groups: [] } });
  });

  it('has the groups of the claim that is configured', () => {
    const claims = { ...GOOD, roles: ['web:admin'] };
    expect(readClaims(claims, { groupsClaim: 'roles' })).toMatchObject({ caller: { groups: ['web:admin'] } });
  });

  it('has the name of the claim that is configured, and no other in its place', () => {
    const byMail = { userClaims: ['email'] };
    expect(readClaims({ ...GOOD, email: 'ada@example.com' }, byMail)).toMatchObject({
      caller: { user: 'ada@example.com' },
    });
    const refused = readClaims(GOOD, byMail);
    expect(refused).toMatchObject({ refusal: { code: 'Unauthenticated' } });
    expect(refused).toMatchObject({ refusal: { detail: expect.stringContaining("'email'") } });
  });

  it('is read whatever the case of the scheme', () => {
    expect(read(`bearer ${tokenOf(GOOD)}`)).toMatchObject({ ok: true });
  });
});

describe('a token is refused', () => {
  it.each<[string, string | undefined]>([
    ['that is missing', undefined],
    ['that is empty', ''],
    ['without its scheme', tokenOf(GOOD)],
    ['of another scheme', `Basic ${tokenOf(GOOD)}`],
    ['of two parts', `Bearer ${tokenOf(GOOD).split('.').slice(0, 2).join('.')}`],
    ['of four parts', `Bearer ${tokenOf(GOOD)}.x`],
    ['beside another', `Bearer ${tokenOf(GOOD)}, Bearer ${tokenOf(GOOD)}`],
    ['whose payload is no JSON', 'Bearer a.bm90IGpzb24.c'],
    ['whose payload is not encoded', 'Bearer a.{"exp":1}.c'],
    ['whose payload is a list', `Bearer ${tokenOf([GOOD])}`],
  ])('%s', (_name, authorization) => {
    expect(read(authorization)).toMatchObject({ ok: false, refusal: { code: 'Unauthenticated' } });
  });

  it.each<[string, object]>([
    ['without exp', { exp: undefined }],
    ['with exp as a text', { exp: String(EXP) }],
    ['that has expired', { exp: NOW / 1000 }],
    ['that expired long ago', { exp: 0 }],
    ['without groups', { 'cognito:groups': undefined }],
    ['with flattened groups', { 'cognito:groups': '[web:viewer web:admin]' }],
    ['with one group for a list', { 'cognito:groups': 'web:admin' }],
    ['with a group that is no text', { 'cognito:groups': ['web:viewer', 1] }],
    ['with groups as an object', { 'cognito:groups': { 0: 'web:admin' } }],
    ['without a name', { username: undefined, sub: undefined }],
    ['with an empty name', { username: '' }],
    ['with a name that is no text', { username: { toString: 'ada' } }],
    ['with a name of 257 characters', { username: 'x'.repeat(257) }],
    ['with the name by which Jobplane signs', { username: 'jobplane' }],
  ])('%s', (_name, claims) => {
    expect(readClaims({ ...GOOD, ...claims })).toMatchObject({
      ok: false,
      refusal: { code: 'Unauthenticated' },
    });
  });
});
