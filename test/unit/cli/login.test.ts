import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { listenForCallback } from '../../../cli/login/callback-server.ts';
import { Profiles } from '../../../cli/profile/profiles.ts';
import { runCli } from '../../../cli/run-cli.ts';
import { freePort } from '../../../local/free-port.ts';
import { tokenOf } from '../api/token.ts';
import { fakeApi } from './fake-api.ts';
import { fakeTerminal, NOW, temporaryFolder } from './fake-terminal.ts';

const formSchema = z.record(z.string(), z.string());

/** An issuer that signs everybody in as ada, its configuration and its API; and a terminal beside it. */
async function bench(answerOf: (asked: URLSearchParams) => Readonly<Record<string, string>> = codeOf) {
  const nonces: string[] = [];
  const grants: Readonly<Record<string, string>>[] = [];
  const issuer = await fakeApi(({ path, body, headers }) => {
    const url = `http://${headers.host}`;
    if (path === '/.well-known/openid-configuration') {
      return {
        status: 200,
        body: { issuer: url, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` },
      };
    }
    const form = formSchema.parse(body);
    grants.push(form);
    const seconds = Math.floor(Date.now() / 1_000);
    const who = { iss: url, sub: 'ada', aud: 'cli', iat: seconds, exp: seconds + 3_600 };
    const access = tokenOf({ ...who, username: 'ada', 'cognito:groups': ['web:operator'] });
    const id = { id_token: tokenOf({ ...who, nonce: nonces.at(-1) }), refresh_token: 'refresh-1' };
    const common = { access_token: access, token_type: 'Bearer', expires_in: 3_600 };
    return { status: 200, body: form['grant_type'] === 'refresh_token' ? common : { ...common, ...id } };
  });
  const home = temporaryFolder();
  const back: Promise<Response>[] = [];
  const asked: URL[] = [];
  const terminal = (now = NOW) =>
    fakeTerminal({
      home,
      now,
      isTTY: true,
      browser: (address) => {
        const url = new URL(address);
        asked.push(url);
        nonces.push(url.searchParams.get('nonce') ?? '');
        const callback = new URL(url.searchParams.get('redirect_uri') ?? '');
        callback.search = String(new URLSearchParams(answerOf(url.searchParams)));
        back.push(fetch(callback));
      },
    });
  const configure = ['configure', '--api', issuer.url, '--issuer', issuer.url, '--client-id', 'cli'];
  expect(await runCli(configure, terminal())).toBe(0);
  return { terminal, asked, grants, back, profiles: new Profiles({ env: {}, home }) };
}

function codeOf(asked: URLSearchParams): Readonly<Record<string, string>> {
  return { code: 'the-code', state: asked.get('state') ?? '' };
}

describe('a login', () => {
  it('proves by PKCE that the code is for it, and keeps the tokens', async () => {
    const { terminal, asked, grants, profiles } = await bench();
    const here = terminal();
    expect(await runCli(['login'], here), here.err()).toBe(0);
    expect(here.out()).toBe("You are signed in to 'default' as ada.\n");
    const [url] = asked;
    const [grant] = grants;
    expect(Object.fromEntries(url?.searchParams ?? [])).toMatchObject({
      response_type: 'code',
      client_id: 'cli',
      scope: 'openid profile',
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256')
        .update(grant?.['code_verifier'] ?? '')
        .digest('base64url'),
    });
    expect(grant).toMatchObject({ grant_type: 'authorization_code', code: 'the-code', client_id: 'cli' });
    expect(await profiles.tokens(await profiles.current())).toMatchObject({
      refreshToken: 'refresh-1',
      expiresAt: NOW + 3_600_000,
    });
  });

  it('prints the address, and opens nothing with --no-browser', async () => {
    const { terminal, asked } = await bench();
    const interrupted = new AbortController();
    const here = { ...terminal(), signal: interrupted.signal };
    const login = runCli(['login', '--no-browser'], here);
    await expect.poll(() => here.err()).toMatch(/code_challenge=/);
    interrupted.abort(new Error('SIGINT'));
    expect(await login).toBe(130);
    expect(asked).toEqual([]);
  });

  it('that the issuer refuses says why', async () => {
    const { terminal, grants } = await bench((asked) => ({
      error: 'access_denied',
      error_description: 'not today',
      state: asked.get('state') ?? '',
    }));
    const here = terminal();
    expect(await runCli(['login'], here)).toBe(3);
    expect(here.err()).toMatch('The login was not completed: not today');
    expect(grants).toEqual([]);
  });

  it('does not take what comes with another state', async () => {
    const { terminal, back, grants } = await bench(() => ({ code: 'stolen', state: 'guessed' }));
    const interrupted = new AbortController();
    const login = runCli(['login'], { ...terminal(), signal: interrupted.signal });
    await expect.poll(() => back).toHaveLength(1);
    expect((await back[0])?.status).toBe(404);
    interrupted.abort(new Error('SIGINT'));
    expect(await login).toBe(130);
    expect(grants).toEqual([]);
  });

  it('is renewed when it has expired, and keeps its refresh token', async () => {
    const { terminal, grants, profiles } = await bench();
    await runCli(['login'], terminal());
    const later = NOW + 3_600_000;
    expect(await runCli(['whoami'], terminal(later))).toBe(0);
    expect(grants.at(-1)).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'refresh-1' });
    const renewed = { refreshToken: 'refresh-1', expiresAt: later + 3_600_000 };
    expect(await profiles.tokens(await profiles.current())).toMatchObject(renewed);
  });

  it('is over after a logout', async () => {
    const { terminal } = await bench();
    await runCli(['login'], terminal());
    expect(await runCli(['logout'], terminal())).toBe(0);
    expect(await runCli(['whoami'], terminal())).toBe(3);
  });
});

describe('the way back', () => {
  it('takes the next address when a port is in use', async () => {
    const [first, second] = await Promise.all([freePort(), freePort()]);
    const other = createServer().listen(first, '127.0.0.1');
    await once(other, 'listening');
    const server = await listenForCallback(
      [first, second].map((port) => `http://localhost:${port}/callback`),
    );
    expect(server.redirectUri).toBe(`http://localhost:${second}/callback`);
    await server.close();
    other.close();
  });
});
