import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSpecification } from '../../../cli/specification-file.ts';
import { fakeApi } from './fake-api.ts';
import { fakeTerminal, run, temporaryFolder } from './fake-terminal.ts';
import { sampleJob } from './samples.ts';

const JOB = { name: 'hello', ops: [{ name: 'say', action: 'log', input: { message: 'on' } }] };

/** Ten times ten times … of the same text. */
const BOMB = `a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]`;

describe('a specification', () => {
  it.each([
    ['JSON', JSON.stringify(JOB)],
    ['YAML', 'name: hello\nops:\n  - {name: say, action: log, input: {message: on}}\n'],
    ['YAML with anchors', 'name: hello\nops: [{name: say, action: &log log, input: {message: "on"}}]\n'],
  ])('is read from %s', async (_kind, stdin) => {
    expect(await readSpecification('-', fakeTerminal({ stdin }))).toEqual(JOB);
  });

  it('is read from a file', async () => {
    const file = join(temporaryFolder(), 'job.yaml');
    writeFileSync(file, 'name: hello');
    expect(await readSpecification(file, fakeTerminal())).toEqual({ name: 'hello' });
  });

  it.each([
    ['nothing', '', 'has no documents'],
    ['two documents', 'a: 1\n---\nb: 2', 'has 2 documents'],
    ['broken JSON', '{"a": ', 'standard input cannot be used'],
    ['a key twice', 'a: 1\na: 2', 'unique'],
    ['aliases of aliases', BOMB, 'alias'],
  ])('of %s is refused with a reason', async (_kind, stdin, reason) => {
    await expect(readSpecification('-', fakeTerminal({ stdin }))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(reason),
    });
  });
});

describe('submit', () => {
  const accepting = () => fakeApi(() => ({ status: 201, body: sampleJob() }));

  it('sends it with the project, unless it says its own', async () => {
    const api = await accepting();
    await run(['submit', '-', '--project', 'web'], api, { stdin: JSON.stringify(JOB) });
    await run(['submit', '-', '--project', 'web'], api, { stdin: 'project: media' });
    expect(api.received.map(({ body }) => body)).toEqual([{ project: 'web', ...JOB }, { project: 'media' }]);
  });

  it('sends the key that it is given, and else one of its own', async () => {
    const api = await accepting();
    await run(['submit', '-', '--idempotency-key', 'mine'], api, { stdin: '{}' });
    await run(['submit', '-'], api, { stdin: '{}' });
    const [first, second] = api.received.map(({ headers }) => headers['idempotency-key']);
    expect(first).toBe('mine');
    expect(second).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('of several files is one batch, which ends with 2 if one of them is refused', async () => {
    const folder = temporaryFolder();
    const files = ['a.json', 'b.yaml'].map((name) => join(folder, name));
    for (const file of files) writeFileSync(file, '{"name": "hello"}');
    const error = { type: 't', title: 't', status: 400, code: 'WrongType', detail: 'ops is missing' };
    const items = [
      { status: 201, job: sampleJob() },
      { status: 400, error },
    ];
    const api = await fakeApi(() => ({ status: 200, body: { items } }));
    const ran = await run(['submit', ...files, '-o', 'table'], api);
    expect(ran.exitCode).toBe(2);
    expect(ran.out).toMatch(/a.json: release .* is RUNNING\n.*b.yaml: error: ops is missing \[WrongType\]/);
    expect(api.received).toMatchObject([
      { path: '/jobs/batch', body: { jobs: [{ spec: { name: 'hello' } }, {}] } },
    ]);
  });
});
