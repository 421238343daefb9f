import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { pythonEnvironment } from '../../local/python-environment.ts';
import { JobsApi } from './support/jobs-api.ts';

const stack = inject('stack');

/** Operator of a project in which nobody else works. */
const USER = 'other';
const PROJECT = 'media';
const api = new JobsApi(stack, USER);

const REQUIREMENTS = fileURLToPath(new URL('../schemathesis/requirements.txt', import.meta.url));

/** The same requests each time; another number finds others. */
const SEED = 1;

/** Of each route: with more, all other tests would wait for this one. */
const EXAMPLES = 2;

const RUN_MS = 200_000;

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'ignored_auth',
];

/** A batch answers for each of its jobs by itself, so that a wrong one is no refusal; the rest would take what others are tried on. */
const LEFT_OUT = ['submit-batch', 'delete-job', 'delete-schedule'];

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobplane-schemathesis-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('whatever the document allows or forbids is answered as the document says', {
  timeout: 240_000,
}, async () => {
  const [python] = await Promise.all([
    pythonEnvironment(REQUIREMENTS),
    writeFile(join(folder, 'openapi.json'), JSON.stringify(await narrowedDocument())),
    writeFile(join(folder, 'schemathesis.toml'), await configuration()),
  ]);
  const left = LEFT_OUT.flatMap((name) => ['--exclude-operation-id', name]);
  const run = promisify(execFile)(
    python,
    [
      ...['-m', 'schemathesis.cli', '--config-file', join(folder, 'schemathesis.toml')],
      ...['run', join(folder, 'openapi.json'), '--url', stack.apiUrl],
      // Capitals: it takes this header away where it asks without a token.
      ...['--header', `Authorization: Bearer ${stack.tokens[USER]}`],
      ...['--phases', 'examples,fuzzing', '--max-examples', String(EXAMPLES), '--seed', String(SEED)],
      ...['--checks', CHECKS.join(','), '--suppress-health-check', 'all', '--workers', '2'],
      ...['--generation-database', 'none', '--no-color', ...left],
    ],
    { cwd: folder, timeout: RUN_MS, maxBuffer: 16 * 1024 * 1024 },
  );
  // What it says of a failure has the request that reproduces it.
  const said = await run.then(
    ({ stdout }) => ({ failed: false, stdout }),
    (error: unknown) => ({ failed: true, stdout: outputSchema.parse(error).stdout }),
  );
  expect(said.failed, said.stdout).toBe(false);
  expect(said.stdout).toContain(`Seed: ${SEED}`);
  expect(said.stdout).toMatch(/[1-9]\d\d generated/);
});

const outputSchema = z.object({ stdout: z.string() });

const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.looseObject({ parameters: z.array(z.unknown()).optional() })),
  ),
});

/** The deployed document, with this project for every other and no long poll: what is asked stays among these jobs. */
async function narrowedDocument(): Promise<unknown> {
  const response = await fetch(`${stack.apiUrl}/openapi.json`);
  const document = documentSchema.parse(await response.json());
  return JSON.parse(JSON.stringify(document), (key, value: unknown) => {
    if (key === 'project') return typeof value === 'string' ? PROJECT : { const: PROJECT };
    const named = parameterSchema.safeParse(value);
    if (named.data?.name === 'project') return { ...named.data, schema: { const: PROJECT } };
    if (named.data?.name === 'wait')
      return { ...named.data, schema: { type: 'integer', minimum: 0, maximum: 1 } };
    return value;
  });
}

const parameterSchema = z.looseObject({ name: z.string(), in: z.literal('query') });

/** Ids of a job that waits for a worker and of a schedule, so that requests get further than a 404. */
async function configuration(): Promise<string> {
  const job = { name: 'fuzzed', project: PROJECT, ops: [{ name: 'work', action: 'manual-work' }] };
  const schedule = {
    ...{ name: 'fuzzed', project: PROJECT, expression: 'cron(0 3 1 1 ? *)' },
    job: { name: 'fuzzed', ops: [{ name: 'say', action: 'log', input: { message: 'hello' } }] },
  };
  const [ofJob, ofSchedule] = [
    await idOf(api.call('POST', '/jobs', job)),
    await idOf(api.call('POST', '/schedules', schedule)),
  ];
  return `
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 409, 413, 415, 422]

[[operations]]
include-path-regex = '^/jobs/\\{id\\}'
parameters = { "path.id" = "${ofJob}" }

[[operations]]
include-path-regex = '^/schedules/\\{id\\}'
parameters = { "path.id" = "${ofSchedule}" }
`;
}

async function idOf(call: ReturnType<typeof api.call>): Promise<string> {
  const { status, body } = await call;
  expect(status).toBe(201);
  return z.object({ id: z.string() }).parse(body).id;
}
