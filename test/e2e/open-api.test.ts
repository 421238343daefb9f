import { expect, inject, test } from 'vitest';
import { PUBLISHED_API } from '../support/published-api.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';

const stack = inject('stack');
const api = new JobsApi(stack);

test('the document of the API is there for everybody, and is the one that the tests go by', async () => {
  const response = await fetch(`${stack.apiUrl}/openapi.json`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  expect(await response.json()).toEqual(JSON.parse(JSON.stringify(PUBLISHED_API)));
});

test('a job is submitted as YAML, and the same as JSON under its key is the same job', async () => {
  const headers = { 'idempotency-key': `yaml-${Date.now()}` };
  const yaml = `
name: from-yaml # as it stands in a repository
project: web
ops:
  - {name: say, action: log, input: &words {message: hello}}
  - {name: again, action: log, input: *words}
`;
  const sent = await api.call('POST', '/jobs', yaml, { ...headers, 'content-type': 'application/yaml' });
  expect(sent.status).toBe(201);
  const input = { message: 'hello' };
  const ops = [
    { name: 'say', action: 'log', input },
    { name: 'again', action: 'log', input },
  ];
  const again = await api.call('POST', '/jobs', { name: 'from-yaml', project: 'web', ops }, headers);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(again.headers.get('location')).toBe(sent.headers.get('location'));
  const broken = await api.call('POST', '/jobs', 'name: [', { 'content-type': 'application/yaml' });
  expect([broken.status, codeOf(broken)]).toEqual([400, 'InvalidYaml']);
});
