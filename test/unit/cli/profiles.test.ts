import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Profile, profileSchema } from '../../../cli/profile/config.ts';
import { Profiles } from '../../../cli/profile/profiles.ts';
import { temporaryFolder } from './fake-terminal.ts';

const PROFILE: Profile = {
  apiUrl: 'https://api.example.com',
  issuer: 'https://issuer.example.com',
  authorizationEndpoint: 'https://issuer.example.com/authorize',
  tokenEndpoint: 'https://issuer.example.com/token',
  clientId: 'cli',
  scopes: ['openid', 'profile'],
};

const TOKENS = { clientId: 'cli', accessToken: 'a', refreshToken: 'r', expiresAt: 1 };

function profilesOf(env: Readonly<Record<string, string>> = {}, name?: string): Profiles {
  return new Profiles({ env, home: temporaryFolder(), name });
}

describe('the files', () => {
  it.each([
    [{}, '/home/ada/.config/jobplane/config.json'],
    [{ XDG_CONFIG_HOME: '/xdg' }, '/xdg/jobplane/config.json'],
    [{ XDG_CONFIG_HOME: '/xdg', JOBPLANE_CONFIG: '/elsewhere/my.json' }, '/elsewhere/my.json'],
  ])('are, with the environment %j, at %s', (env, file) => {
    const profiles = new Profiles({ env, home: '/home/ada' });
    expect(profiles.configFile).toBe(file);
    expect(profiles.tokenFile).toBe(join(dirname(file), 'tokens.json'));
  });

  it('are readable by their owner alone, the tokens apart from the profiles', async () => {
    const profiles = profilesOf();
    await profiles.save(PROFILE);
    await profiles.saveTokens(await profiles.current(), TOKENS);
    for (const file of [profiles.configFile, profiles.tokenFile])
      expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(profiles.configFile, 'utf8')).not.toMatch('accessToken');
  });

  it('that cannot be read say which and why', async () => {
    const profiles = profilesOf();
    mkdirSync(dirname(profiles.configFile), { recursive: true });
    writeFileSync(profiles.configFile, '{"current": 3}');
    await expect(profiles.current()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/config.json cannot be used: current: /),
    });
  });
});

describe('the profile that is meant', () => {
  it('is the one of the command line, else of the environment, else the one set up last', async () => {
    const home = temporaryFolder();
    const as = (env: Readonly<Record<string, string>>, name?: string) => new Profiles({ env, home, name });
    await as({}, 'staging').save(PROFILE);
    await as({}, 'production').save(PROFILE);
    expect((await as({}).current()).name).toBe('production');
    expect((await as({ JOBPLANE_PROFILE: 'staging' }).current()).name).toBe('staging');
    expect((await as({ JOBPLANE_PROFILE: 'staging' }, 'production').current()).name).toBe('production');
    await as({}).use('staging');
    expect((await as({}).current()).name).toBe('staging');
  });

  it('must be there', async () => {
    const profiles = profilesOf({}, 'other');
    await expect(profiles.current()).rejects.toMatchObject({ exitCode: 2 });
    await expect(profiles.use('other')).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('tokens', () => {
  it('of another client are none', async () => {
    const profiles = profilesOf();
    await profiles.save(PROFILE);
    const profile = await profiles.current();
    await profiles.saveTokens(profile, TOKENS);
    expect(await profiles.tokens(profile)).toEqual(TOKENS);
    expect(await profiles.tokens({ ...profile, clientId: 'another' })).toBeNull();
  });

  it('are gone after a logout, and those of other profiles are not', async () => {
    const profiles = profilesOf();
    await profiles.save(PROFILE);
    const profile = await profiles.current();
    const other = { ...profile, name: 'other' };
    await profiles.saveTokens(profile, TOKENS);
    await profiles.saveTokens(other, TOKENS);
    expect(await profiles.forgetTokens(profile)).toBe(true);
    expect(await profiles.forgetTokens(profile)).toBe(false);
    expect(await profiles.tokens(profile)).toBeNull();
    expect(await profiles.tokens(other)).toEqual(TOKENS);
  });
});

describe('an address', () => {
  it.each([
    ['https://api.example.com', true],
    ['http://localhost:4566', true],
    ['http://127.0.0.1:4566', true],
    ['http://api.example.com', false],
    ['http://localhost.example.com', false],
    ['not an address', false],
  ])('%s may have tokens sent to it: %s', (apiUrl, isAllowed) => {
    expect(profileSchema.safeParse({ ...PROFILE, apiUrl }).success).toBe(isAllowed);
  });
});
