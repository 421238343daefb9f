import './entry-environment.ts';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { dryRunSchema } from '../../../core/contract/api/submit-job.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import { readYaml } from '../../../functions/runtime/read-yaml.ts';
import { ApiBench } from './api-bench.ts';

const JOB = `
# A comment, which JSON has no place for.
name: publish
project: web
labels: &labels {date: 2026-12-01, country: no}
ops:
  - name: greet
    action: transcode
    input: &hello {message: "hello", labels: *labels}
  - {name: again, action: transcode, input: *hello}
`;

const AS_JSON = {
  name: 'publish',
  project: 'web',
  labels: { date: '2026-12-01', country: 'no' },
  ops: [
    {
      name: 'greet',
      action: 'transcode',
      input: { message: 'hello', labels: { date: '2026-12-01', country: 'no' } },
    },
    {
      name: 'again',
      action: 'transcode',
      input: { message: 'hello', labels: { date: '2026-12-01', country: 'no' } },
    },
  ],
};

const readingOf = (text: string) => {
  const read = readYaml(text);
  return read.ok ? read.value : read.refusal;
};

const yaml = (type = 'application/yaml') => ({ headers: { 'content-type': type } });

describe('YAML', () => {
  it.each<[string, string, unknown]>([
    ['a job with comments, anchors and flow style', JOB, AS_JSON],
    ['a date as a text', 'at: 2026-12-01T02:00:00Z', { at: '2026-12-01T02:00:00Z' }],
    ["YAML 1.1's booleans as texts", '[yes, no, on, off, y]', ['yes', 'no', 'on', 'off', 'y']],
    ['true, false and null', '[true, false, null, ~]', [true, false, null, null]],
    ['numbers', '[1, -2.5, 0x10, 0o17, 1e3]', [1, -2.5, 16, 15, 1000]],
    ['a sexagesimal number as a text', 'a: 12:30:45', { a: '12:30:45' }],
    ['a merge key as a key', '{<<: {a: 1}, b: 2}', { '<<': { a: 1 }, b: 2 }],
    ['a key of a prototype', '__proto__: {a: 1}', JSON.parse('{"__proto__": {"a": 1}}')],
    ['tags of the core schema', '[!!str 12, !!int "3"]', ['12', 3]],
    ['nothing but a comment', '# nothing', null],
    ['JSON', JSON.stringify(AS_JSON), AS_JSON],
  ])('reads %s', (_what, text, value) => {
    expect(readingOf(text)).toEqual(value);
  });

  it.each<[string, string, string]>([
    ['a broken text', 'a: [1,\nb: 2', 'line 2, column'],
    ['two documents', 'a: 1\n---\nb: 2', 'more than one document, at line 2, column'],
    ['a key twice', 'a: 1\nb: 2\na: 3', "the key 'a' is there twice, at line 3, column 1"],
    ['a key that is a number', 'a: 1\n2: b', 'quote it, at line 2, column 1'],
    ['a key that is a list', '[a, b]: c', 'quote it, at line 1, column 1'],
    ['a tag of its own', 'a: !secret x', 'line 1, column 4'],
    ["a tag of YAML 1.1's types", 'a: !!timestamp 2026-12-01', 'line 1, column 4'],
    ['a tag of JavaScript', 'a: !!js/function "function () {}"', 'line 1, column 4'],
    ['a number that JSON does not have', 'a: .inf', 'JSON has no number .inf, at line 1, column 4'],
    ['an alias of nothing', 'a: *b', 'line 1, column 4'],
    ['more than a hundred aliases', `a: &a 1\nb: [${'*a, '.repeat(101)}]`, 'more than 100 aliases'],
  ])('refuses %s and says where', (_what, text, words) => {
    expect(readingOf(text)).toMatchObject({ code: 'InvalidYaml', detail: expect.stringContaining(words) });
  });

  it.each<[string, string]>([
    ['flow style', '['.repeat(LIMITS.yamlBytes)],
    ['block style in one line', '- '.repeat(LIMITS.yamlBytes / 2)],
    ['explicit keys', '? '.repeat(LIMITS.yamlBytes / 2)],
    ['indentation', Array.from({ length: 500 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')],
    ['an alias of what it stands in', '&a [*a, *a]'],
    ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`],
  ])('refuses what nests too deeply by %s, at once', (_what, text) => {
    const startedAt = performance.now();
    expect(readingOf(text)).toMatchObject({ code: 'TooDeep' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('reads as many levels as JSON may have', () => {
    expect(readYaml(`${'['.repeat(64)}${']'.repeat(64)}`).ok).toBe(true);
  });

  it('refuses aliases that stand for too much, before it has put them in', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`,
    );
    expect(readingOf(`a0: &a0 lol\n${levels.join('\n')}`)).toMatchObject({ code: 'InvalidYaml' });
  });

  it('takes no switch to YAML 1.1 from the text', () => {
    expect(readingOf('%YAML 1.1\n---\n[yes, 2026-12-01]')).toEqual(['yes', '2026-12-01']);
  });
});

describe('a submission as YAML', () => {
  it.each(['application/yaml', 'application/x-yaml', 'text/yaml; charset=utf-8', 'application/job+yaml'])(
    'as %s is the job that its JSON is',
    async (type) => {
      const bench = new ApiBench();
      const call = { query: 'dryRun=true' };
      const sent = await bench.ok('submit-job', dryRunSchema, { ...call, body: JOB, ...yaml(type) });
      expect(sent).toEqual(await bench.ok('submit-job', dryRunSchema, { ...call, body: AS_JSON }));
    },
  );

  it('replays the job of the same JSON under one Idempotency-Key', async () => {
    const bench = new ApiBench();
    const key = { 'idempotency-key': 'one' };
    const first = await bench.call('submit-job', { body: AS_JSON, headers: key });
    const headers = { ...key, ...yaml().headers };
    const again = await bench.call('submit-job', { body: JOB, headers, base64: true });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
  });

  it('has the problems of its JSON', async () => {
    const refused = await new ApiBench().refusal('submit-job', { body: `${JOB}colour: red`, ...yaml() });
    expect(refused).toMatchObject({ status: 400, code: 'UnknownKey' });
  });

  it('is measured as it is sent', async () => {
    const body = `${JOB}${'#\n'.repeat(LIMITS.yamlBytes / 2)}`;
    const refused = await new ApiBench().refusal('submit-job', { body, ...yaml() });
    expect(refused).toMatchObject({ status: 413, code: 'SpecTooLarge' });
  });

  it('is taken in a batch', async () => {
    const body = `jobs:\n  - idempotencyKey: k1\n    spec: {name: a, project: web, ops: [{name: b, action: log, input: {message: c}}]}`;
    const schema = z.object({ items: z.array(z.looseObject({ status: z.int() })) });
    const { items } = await new ApiBench().ok('submit-batch', schema, { body, ...yaml() });
    expect(items).toMatchObject([{ status: 201 }]);
  });

  it('is taken for a schedule', async () => {
    const body = `project: web\nname: nightly\nexpression: cron(0 3 * * ? *)\njob: {name: a, ops: [{name: b, action: log, input: {message: c}}]}`;
    const bench = new ApiBench();
    const schema = z.looseObject({ id: z.string(), enabled: z.boolean() });
    const { id } = await bench.ok('create-schedule', schema, { body, ...yaml() });
    const edited = body.replace('project: web', 'enabled: false');
    expect(await bench.ok('edit-schedule', schema, { id, body: edited, ...yaml() })).toMatchObject({
      enabled: false,
    });
  });

  it('is refused by a route that takes no job', async () => {
    const bench = new ApiBench();
    const call = { id: await bench.submit(), body: 'comment: hello', ...yaml() };
    expect(await bench.refusal('add-note', call)).toMatchObject({
      status: 415,
      code: 'UnsupportedMediaType',
    });
  });
});
