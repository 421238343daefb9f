import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, inject, it, onTestFinished } from 'vitest';
import { localProfile } from '../../local/cli-profile.ts';
import { REPOSITORY } from '../../local/paths.ts';
import { JobsApi } from './support/jobs-api.ts';
import { signInByPage } from './support/login-page.ts';

/** It takes some 15 s alone; others need the machine, too. */
const LIMIT_SECONDS = 100;

/** The walk-through of the README, word for word. */
async function walkThrough(): Promise<string> {
  const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
  const [, section = ''] = readme.split('## From the terminal');
  const block = /```sh\n([^`]*\bjobplane login\b[^`]*)```/.exec(section)?.[1];
  if (block === undefined) throw new Error('the README has no walk-through with a login');
  return block;
}

/** A user's home with nothing in it but `jobplane`, as it is packed, and a profile of the stack. */
async function home(): Promise<{ readonly folder: string; readonly env: NodeJS.ProcessEnv }> {
  const folder = await mkdtemp(join(tmpdir(), 'jobplane-terminal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const bundle = join(folder, 'jobplane.mjs');
  const { status } = spawnSync(process.execPath, ['scripts/bundle-cli.mjs', bundle], { cwd: REPOSITORY });
  if (status !== 0) throw new Error('the command line could not be bundled');
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'jobplane'), `#!/bin/sh\nexec '${process.execPath}' '${bundle}' "$@"\n`);
  await chmod(join(bin, 'jobplane'), 0o755);
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify(localProfile(inject('stack'))));
  const path = `${bin}:${process.env['PATH'] ?? ''}`;
  // The browser is this test.
  const env = { PATH: path, HOME: folder, TERM: 'xterm', JOBPLANE_CONFIG: config, BROWSER: 'true' };
  return { folder, env };
}

it('walks from a login to a rollback as the README says', async () => {
  const stack = inject('stack');
  const { env } = await home();
  const script = `set -e\n${await walkThrough()}\necho "the job was $ID"\n`;
  const terminal = spawn(
    'python3',
    ['test/e2e/support/pseudo_terminal.py', String(LIMIT_SECONDS), 'bash', '--norc', '-c', script],
    { cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let shown = '';
  let login: Promise<string> | undefined;
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const [url] = /http:\S+code_challenge_method=S256/.exec(shown) ?? [];
    if (url !== undefined) login ??= signInByPage(url, 'operator', stack.passwords.operator);
  });
  const [exitCode] = await once(terminal, 'close');
  const text = stripVTControlCharacters(shown);

  expect(exitCode, text).toBe(0);
  expect(await login).toMatch('You may close this page');
  expect(text).toMatch(/You are signed in to 'local' as operator/);
  expect(text).toMatch(/ok\s+permissions\s+by your groups: web:operator/);
  expect(text).toMatch(/Stands at\s+trap/);
  expect(text).toMatch(/Status\s+COMPLETED_OK/);
  expect(text).toMatch(/everybody was told/);
  expect(text).toMatch(/Status\s+ROLLED_BACK/);
  expect(text).toMatch("You are signed out of 'local'");
  const [, id = ''] = /the job was (\w{26})/.exec(text) ?? [];
  expect((await new JobsApi(stack).job(id)).status).toBe('ROLLED_BACK');
  // The live list was there, and left the cursor as it was.
  expect(shown.lastIndexOf('\u001b[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001b[?25l'));
});
