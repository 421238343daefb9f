import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { LOCAL_ACCOUNT, LOCAL_REGION, localConnection } from '../../local/connection.ts';
import { type RunningEmulator, startEmulator } from '../../local/emulator.ts';
import { until } from '../../local/until.ts';
import { RECORDED_FUNCTION, type Recorder, startRecorder } from './recorder.ts';

/** An emulator with what the checks need deployed on it. */
export interface Lab {
  readonly url: string;
  readonly recorder: Recorder;
  readonly clients: Clients;
  /** The id that a deployed resource got, by its logical id. */
  physicalId(logicalId: string): string;
  /** Kills the emulator as a crash would, and starts it again on what it left. */
  crash(): Promise<void>;
  /** The folder of all it stores. */
  readonly stateDir: string;
  close(): Promise<void>;
}

/** AWS's own clients, speaking to the emulator. */
interface Clients {
  readonly cognito: CognitoIdentityProviderClient;
  readonly dynamodb: DynamoDBClient;
  readonly events: EventBridgeClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly scheduler: SchedulerClient;
  readonly sfn: SFNClient;
}

/** The resources of a CloudFormation template, by logical id. */
export type Resources = Readonly<
  Record<
    string,
    { readonly Type: string; readonly Properties?: object; readonly DependsOn?: readonly string[] }
  >
>;

/** A role that nothing looks at: the emulator enforces none. */
export const ANY_ROLE = `arn:aws:iam::${LOCAL_ACCOUNT}:role/any`;

/** The ARN of a resource of the lab's account and region. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;
}

/** The ARN of a function, version or alias of the lab. */
export function functionArn(name: string): string {
  return arn('lambda', `function:${name}`);
}

const STACK_LIMIT_MS = 30_000;
const FUNCTION_TIMEOUT_SECONDS = 20;

/** Starts an emulator, and deploys these functions (all recorded, none configured) and resources on it. */
export async function openLab(
  functions: readonly string[],
  resources: Resources,
  without: readonly string[],
): Promise<Lab> {
  const recorder = await startRecorder();
  const stateDir = await mkdtemp(join(tmpdir(), 'jobplane-lab-'));
  let emulator: RunningEmulator = await startEmulator({ stateDir, without });
  const connection = localConnection(emulator.url);
  const physicalIds = await deploy(new CloudFormationClient(connection), {
    ...Object.fromEntries(functions.map((name) => [name, recordedFunction(name, recorder.url)])),
    ...resources,
  });
  return {
    url: emulator.url,
    recorder,
    clients: {
      cognito: new CognitoIdentityProviderClient(connection),
      dynamodb: new DynamoDBClient(connection),
      events: new EventBridgeClient(connection),
      lambda: new LambdaClient(connection),
      s3: new S3Client({ ...connection, forcePathStyle: true }),
      scheduler: new SchedulerClient(connection),
      sfn: new SFNClient(connection),
    },
    physicalId: (logicalId) => {
      const id = physicalIds.get(logicalId);
      if (id === undefined) throw new Error(`${logicalId} is not deployed`);
      return id;
    },
    stateDir,
    crash: async () => {
      await emulator.kill();
      emulator = await startEmulator({ stateDir, without, port: emulator.port });
    },
    close: async () => {
      await emulator.kill();
      await recorder.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

function recordedFunction(name: string, recorderUrl: string): Resources[string] {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ANY_ROLE,
      Timeout: FUNCTION_TIMEOUT_SECONDS,
      // All of them share the 51,200 characters that a template may have.
      Code: { ZipFile: RECORDED_FUNCTION.replaceAll(/\n\s+/g, '\n') },
      Environment: { Variables: { RECORDER: recorderUrl } },
    },
  };
}

async function deploy(
  client: CloudFormationClient,
  resources: Resources,
): Promise<ReadonlyMap<string, string>> {
  const StackName = 'lab';
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources: resources }) }),
  );
  const status = await until('the lab is deployed', STACK_LIMIT_MS, async () => {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    const current = Stacks?.[0]?.StackStatus;
    return current?.endsWith('IN_PROGRESS') ? undefined : current;
  });
  if (status !== 'CREATE_COMPLETE') {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
    const failures = StackEvents.filter((event) => event.ResourceStatus?.endsWith('FAILED'));
    const reasons = failures.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`);
    throw new Error(`the lab is ${status}:\n${reasons.join('\n')}`);
  }
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  return new Map(StackResources.map((each) => [each.LogicalResourceId ?? '', each.PhysicalResourceId ?? '']));
}
