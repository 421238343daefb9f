import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { afterAll, expect, inject, test } from 'vitest';
import { type DeployOptions, deployStack, destroyStack } from '../../../local/deploy.ts';
import { JobsApi } from '../support/jobs-api.ts';
import { localAws } from '../support/local-aws.ts';
import { say } from '../support/parts.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const aws = localAws(stack);

/** What `npx cdk deploy -c …` changes: the environment of every function, and what goes with the stack. */
const CHANGED = {
  'jobplane:livenessFirstSeconds': '4',
  'jobplane:livenessMaxSeconds': '31',
  'jobplane:removal': 'destroy',
};

const folder = await mkdtemp(join(tmpdir(), 'jobplane-upgrade-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const options: DeployOptions = { emulatorUrl: stack.emulatorUrl, outDir: folder, context: CHANGED };

/** Another deployment takes a minute of two cores, so continuous integration proves upgrades by their parts alone. */
const proves = test.runIf(process.env['UPGRADE_PROOF'] === 'true');

proves(
  'a job that an upgrade finds running ends on the new code, in the execution that it had',
  async () => {
    const id = await api.submit([
      say('before'),
      { name: 'work', action: 'manual-work' },
      say('after', { rollback: { action: 'log', input: { message: 'undone' } } }),
    ]);
    await api.opIs(id, 1, 'running');
    await deployStack(options);
    const answer = await api.as('worker').call('POST', `/jobs/${id}/ops/1/complete`, { attempt: 1, try: 1 });
    expect(answer.status).toBe(204);
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK', attempt: 1 });
    const executionArn = `${stack.stateMachines.job.replace(':stateMachine:', ':execution:')}:${id}-1-RUN-1`;
    const { status } = await aws.sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe('SUCCEEDED');
    expect(await api.logs(id)).toEqual(['before', 'after']);
  },
  180_000,
);

proves(
  'a stack that is to leave nothing leaves nothing',
  async () => {
    expect(await whatIsThere()).not.toEqual([]);
    await destroyStack(options);
    expect(await whatIsThere()).toEqual([]);
  },
  180_000,
);

/** Tables, functions, machines and buckets but the bootstrap's, which other CDK apps may use. */
async function whatIsThere(): Promise<readonly string[]> {
  const [tables, functions, machines, buckets] = await Promise.all([
    aws.dynamodb.send(new ListTablesCommand({})),
    aws.lambda.send(new ListFunctionsCommand({})),
    aws.sfn.send(new ListStateMachinesCommand({})),
    aws.s3.send(new ListBucketsCommand({})),
  ]);
  const names = [
    ...(tables.TableNames ?? []),
    ...(functions.Functions ?? []).map(({ FunctionName }) => FunctionName),
    ...(machines.stateMachines ?? []).map(({ name }) => name),
    ...(buckets.Buckets ?? []).map(({ Name }) => Name),
  ];
  return names.flatMap((name) => (name === undefined || name.startsWith('cdk-') ? [] : [name]));
}
