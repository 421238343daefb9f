import { describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/run-cli.ts';
import { freePort } from '../../../local/free-port.ts';
import { tokenOf } from '../api/token.ts';
import { fakeApi, refusal } from './fake-api.ts';
import { fakeTerminal, NOW, run } from './fake-terminal.ts';
import { endedJob, ID, sampleJob } from './samples.ts';

const NOWHERE = { url: 'http://127.0.0.1:9' };

describe('the exit code', () => {
  it('is 0 for what was done', async () => {
    const api = await fakeApi(() => ({ status: 200, body: sampleJob() }));
    expect(await run(['get', ID], api)).toMatchObject({ exitCode: 0, err: '' });
  });

  it.each([
    ['CommandRefused', 1],
    ['InvalidInput', 2],
    ['SpecTooLarge', 2],
    ['Unauthenticated', 3],
    ['Forbidden', 4],
    ['JobNotFound', 4],
    ['InternalError', 5],
  ] as const)('of the refusal %s is %i, and stderr says its code', async (code, exitCode) => {
    const api = await fakeApi(() => refusal(code, 'That cannot be.'));
    const ran = await run(['note', ID, 'hello'], api);
    expect(ran).toMatchObject({ exitCode, out: '' });
    expect(ran.err).toMatch(`error: That cannot be. [${code}]`);
  });

  it('is 3 for a token that the gateway does not take, and says what to do', async () => {
    const api = await fakeApi(() => ({ status: 401, body: { message: 'Unauthorized' } }));
    const ran = await run(['get', ID], api);
    expect(ran.exitCode).toBe(3);
    expect(ran.err).toBe('error: The API answered 401: Unauthorized\nRun jobplane login.\n');
  });

  it('is 5 for an API that cannot be reached, and says why', async () => {
    const ran = await run(['note', ID, 'hello'], { url: `http://127.0.0.1:${await freePort()}` });
    expect(ran.exitCode).toBe(5);
    expect(ran.err).toMatch(/could not be reached: ECONNREFUSED\n.*jobplane doctor/);
  });

  it.each([
    [['get']],
    [['no-such-command']],
    [['get', ID, '--no-such-option']],
    [['get', ID, '--view', 'mine']],
    [['trap', ID, 'whatever']],
    [['priority', ID, 'high']],
    [['submit', '/no/such/file']],
    [['reschedule', ID]],
    [['watch', ID, '--until', 'DONE']],
    [['op', 'complete', ID, '0']],
    [['bulk', 'cancel', '--status', 'FAILED', '--priority', '3', '--yes']],
  ])('is 2 for the command line %j', async (args) => {
    const ran = await run(args, NOWHERE);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).not.toBe('');
  });

  it.each([[['--help']], [['bulk', '--help']], [['queue', '--help']], [['--version']]])(
    'is 0 for %j',
    async (args) => {
      expect(await run(args, NOWHERE)).toMatchObject({ exitCode: 0, err: '' });
    },
  );

  it('is 2 where there is no profile, and says how to set one up', async () => {
    const terminal = fakeTerminal();
    expect(await runCli(['get', ID], terminal)).toBe(2);
    expect(terminal.err()).toMatch('jobplane configure --api');
  });

  it('is 130 after Ctrl-C', async () => {
    const interrupted = new AbortController();
    const api = await fakeApi(() => {
      interrupted.abort();
      return { status: 200, body: sampleJob() };
    });
    expect(await run(['get', ID], api, { signal: interrupted.signal })).toMatchObject({ exitCode: 130 });
  });
});

describe('a question', () => {
  const deleted = () => fakeApi(() => ({ status: 204 }));

  it('that is answered no does nothing, and ends with 1', async () => {
    const api = await deleted();
    expect(await run(['delete', ID], api, { answers: false })).toMatchObject({ exitCode: 1 });
    expect(api.received).toEqual([]);
  });

  it('that nobody is there to answer does nothing, and ends with 2', async () => {
    const api = await deleted();
    const ran = await run(['delete', ID], api, { answers: null });
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toMatch('Add --yes.');
    expect(api.received).toEqual([]);
  });

  it.each([
    { args: ['delete', ID], answers: true, asked: 1 },
    { args: ['delete', ID, '--yes'], answers: null, asked: 0 },
  ])('is asked $asked times by $args', async ({ args, answers, asked }) => {
    const api = await deleted();
    const ran = await run(args, api, { answers });
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.asked).toHaveLength(asked);
    expect(api.received.map(({ method }) => method)).toEqual(['DELETE']);
  });

  it('of bulk comes after a dry run that shows how many match', async () => {
    const api = await fakeApi(({ body }) =>
      typeof body === 'object' && body !== null && 'dryRun' in body
        ? { status: 200, body: { dryRun: true, matched: 2, more: false, items: [endedJob('FAILED')] } }
        : { status: 201, body: sampleJob() },
    );
    const ran = await run(['bulk', 'rerun', '--status', 'FAILED', '--from', 'failedOp'], api, {
      answers: true,
    });
    expect(ran.asked).toEqual(['rerun 2 jobs?']);
    expect(api.received.map(({ body }) => body)).toEqual([
      { action: 'rerun', filter: { status: 'FAILED' }, from: 'failedOp', dryRun: true },
      { action: 'rerun', filter: { status: 'FAILED' }, from: 'failedOp' },
    ]);
  });

  it('of a logout says how many jobs are live', async () => {
    const api = await fakeApi(({ method }) =>
      method === 'GET'
        ? { status: 200, body: { sessionId: 's', live: 3, items: [] } }
        : { status: 200, body: { sessionId: 's', canceled: 3, canceling: 0, refused: 0, left: 0 } },
    );
    const ran = await run(['session', 'logout', 's'], api, { answers: false });
    expect(ran.asked).toEqual(['3 jobs are live and will be canceled. Log out?']);
    expect(api.received.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('what is sent', () => {
  it.each([
    {
      args: ['cancel', ID, '--only-if-queued', '--no-rollback', '--reason', 'why'],
      sent: { body: { reason: 'why', onlyIfQueued: true, force: false, rollback: false } },
    },
    { args: ['trap', ID, 'retry'], sent: { path: `/jobs/${ID}/trap`, body: { answer: 'retry' } } },
    { args: ['priority', ID, '--', '-5'], sent: { body: { priority: -5 } } },
    { args: ['rerun', ID, '--from', 'RUN', '--run-now'], sent: { body: { from: 'RUN', runNow: true } } },
    { args: ['reschedule', ID, '--hold'], sent: { body: { at: null } } },
    {
      args: ['-p', 'web', 'queue', 'put', 'a/b', '--max-running', '4'],
      sent: { path: '/queues/a/b', body: { project: 'web', maxRunning: 4, paused: false, draining: false } },
    },
    {
      args: ['op', 'complete', ID, '0', '--attempt', '1', '--try', '2', '--result', '[1]'],
      sent: { path: `/jobs/${ID}/ops/0/complete`, body: { attempt: 1, try: 2, result: [1] } },
    },
  ])('by $args', async ({ args, sent }) => {
    const api = await fakeApi(() => ({ status: 200, body: {} }));
    await run(args, api);
    expect(api.received).toMatchObject([sent]);
  });

  it('by list has each label, the project, and no option that was left out', async () => {
    const api = await fakeApi(() => ({ status: 200, body: { items: [] } }));
    await run(['list', '--label', 'a:1', '--label', 'b:2', '--project', 'web'], api);
    expect(api.received.map(({ query }) => String(query))).toEqual(['project=web&label=a%3A1&label=b%3A2']);
  });

  it('carries the token', async () => {
    const api = await fakeApi(() => ({ status: 200, body: sampleJob() }));
    await run(['get', ID], api);
    expect(api.received[0]?.headers.authorization).toBe('Bearer a-token');
  });
});

describe('what is shown', () => {
  const body = { ...sampleJob(), field: 'of a newer deployment' };

  it('is the body of the API, untouched, as JSON when piped', async () => {
    const api = await fakeApi(() => ({ status: 200, body }));
    expect(JSON.parse((await run(['get', ID], api)).out)).toEqual(body);
  });

  it('is a table on a terminal, whatever a newer deployment adds', async () => {
    const api = await fakeApi(() => ({ status: 200, body }));
    const { out } = await run(['get', ID], api, { isTTY: true, columns: 100 });
    expect(out).toMatch('release (project web, queue default)');
  });

  it('is YAML when asked for', async () => {
    const api = await fakeApi(() => ({ status: 200, body }));
    expect((await run(['get', ID, '-o', 'yaml'], api)).out).toMatch(/^id: /);
  });

  it.each([
    [['get', ID], sampleJob()],
    [['list'], { items: [sampleJob()] }],
    [['cancel', ID], { outcome: 'canceled', message: 'gone', job: sampleJob() }],
  ])('is only ids with --quiet: %j', async (args, answer) => {
    const api = await fakeApi(() => ({ status: 200, body: answer }));
    expect((await run([...args, '-q'], api)).out).toBe(`${ID}\n`);
  });

  it.each([
    { isTTY: true, env: {}, args: [], isColoured: true },
    { isTTY: true, env: { NO_COLOR: '1' }, args: [], isColoured: false },
    { isTTY: true, env: {}, args: ['--no-colour'], isColoured: false },
    { isTTY: false, env: {}, args: ['-o', 'table'], isColoured: false },
  ])(
    'has colours: $isColoured, on a terminal: $isTTY, with $env and $args',
    async ({ isTTY, env, args, isColoured }) => {
      const api = await fakeApi(() => ({ status: 200, body: sampleJob() }));
      const { out } = await run(['get', ID, ...args], api, { isTTY, env });
      expect(out.includes('\u001b[')).toBe(isColoured);
    },
  );

  it('are all pages as one list with --all', async () => {
    const api = await fakeApi(({ query }) => ({
      status: 200,
      body:
        query.get('cursor') === null ? { items: [sampleJob()], cursor: 'next' } : { items: [sampleJob()] },
    }));
    const { out } = await run(['list', '--all', '--quiet'], api);
    expect(out).toBe(`${ID}\n${ID}\n`);
  });
});

describe('doctor', () => {
  const token = tokenOf({ username: 'ada', 'cognito:groups': ['web:viewer'], exp: NOW / 1_000 + 60 });
  const date = new Date(NOW).toUTCString();

  it.each([
    { name: 'all is well', skewSeconds: 0, reply: { status: 200, body: { items: [] } }, failed: [] },
    {
      name: 'the clock is wrong',
      skewSeconds: 300,
      reply: { status: 200, body: { items: [] } },
      failed: ['clock', 'token'],
    },
    { name: 'the token is not taken', skewSeconds: 0, reply: refusal('Unauthenticated'), failed: ['api'] },
    { name: 'there are several projects', skewSeconds: 0, reply: refusal('ProjectRequired'), failed: [] },
  ])('finds, when $name, that $failed do not work', async ({ skewSeconds, reply, failed }) => {
    const api = await fakeApi(() => ({ ...reply, headers: { date } }));
    const options = { env: { JOBPLANE_TOKEN: token }, now: NOW + skewSeconds * 1_000 };
    const ran = await run(['doctor', '--output', 'table'], api, options);
    expect([...ran.out.matchAll(/^FAIL +(\w+)/gm)].map(([, name]) => name)).toEqual(failed);
    expect(ran.exitCode).toBe(failed.length === 0 ? 0 : 1);
  });
});
