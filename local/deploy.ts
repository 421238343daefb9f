import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { LOCAL_ACCOUNT, LOCAL_CREDENTIALS, LOCAL_REGION } from './connection.ts';
import { localPath, REPOSITORY } from './paths.ts';

const CDK = join(REPOSITORY, 'node_modules', '.bin', 'cdk');
const BOOTSTRAP = ['bootstrap', `aws://${LOCAL_ACCOUNT}/${LOCAL_REGION}`];
const NO_INTERNET = ['--no-notices', '--no-version-reporting'];
const LOG_LINES_SHOWN = 40;

const outputsSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** What the deployed stacks say of themselves: values by output, by stack. */
export type StackOutputs = z.infer<typeof outputsSchema>;

export interface DeployOptions {
  readonly emulatorUrl: string;
  /** Gets the cloud assembly, the outputs and the logs of the CDK command line. */
  readonly outDir: string;
  /** Context values of the CDK app. */
  readonly context?: Readonly<Record<string, string>>;
  /** The folder of the CDK app, which is where its cdk.json is. */
  readonly appDir?: string;
  /** Ends the deployment early. */
  readonly signal?: AbortSignal;
}

/**
 * Deploys all stacks of the app to the local AWS with the CDK command line as it is. The app is synthesised
 * once, and the environment is bootstrapped meanwhile.
 */
export async function deployStack(options: DeployOptions): Promise<StackOutputs> {
  const { outDir, emulatorUrl, appDir = REPOSITORY, context = {} } = options;
  await mkdir(outDir, { recursive: true });
  const failed = new AbortController();
  const signal =
    options.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, options.signal]);
  // Bootstrapping in the app's folder would synthesise the app once more.
  const preparations = [
    cdk(synthesis(outDir, context), { cwd: appDir, outDir, emulatorUrl, signal }),
    cdk(BOOTSTRAP, { cwd: outDir, outDir, emulatorUrl, signal }),
  ];
  await Promise.all(preparations).catch((error: unknown) => {
    failed.abort();
    throw error;
  });
  return deploy({ cwd: appDir, outDir, emulatorUrl, signal });
}

/** Removes all stacks of an app that was deployed with these options. */
export async function destroyStack(options: DeployOptions): Promise<void> {
  const { outDir, emulatorUrl, appDir = REPOSITORY, signal = new AbortController().signal } = options;
  const command = ['destroy', '--all', '--force', '--app', assemblyOf(outDir)];
  await cdk(command, { cwd: appDir, outDir, emulatorUrl, signal });
}

function synthesis(outDir: string, context: Readonly<Record<string, string>>): readonly string[] {
  const values = Object.entries(context).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
  return ['synth', '--quiet', '--output', assemblyOf(outDir), ...values];
}

async function deploy(run: CdkRun): Promise<StackOutputs> {
  const outputsFile = join(run.outDir, 'outputs.json');
  const command = ['deploy', '--all', '--app', assemblyOf(run.outDir), '--outputs-file', outputsFile];
  const unattended = ['--require-approval', 'never', '--method', 'direct', '--progress', 'events'];
  await cdk([...command, ...unattended], run);
  return outputsSchema.parse(JSON.parse(await readFile(outputsFile, 'utf8')));
}

function assemblyOf(outDir: string): string {
  return join(outDir, 'cdk.out');
}

interface CdkRun {
  readonly cwd: string;
  readonly outDir: string;
  readonly emulatorUrl: string;
  readonly signal: AbortSignal;
}

async function cdk(command: readonly string[], { cwd, outDir, emulatorUrl, signal }: CdkRun): Promise<void> {
  const [name = ''] = command;
  const logFile = join(outDir, `cdk-${name}.log`);
  const log = await open(logFile, 'w');
  const env = cdkEnvironment(emulatorUrl);
  const child = spawn(CDK, [...command, ...NO_INTERNET], {
    cwd,
    env,
    signal,
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = once(child, 'close');
  await log.close();
  const [code] = await ended;
  if (code === 0) return;
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  throw new Error(`cdk ${name} failed. The last lines of ${logFile}:\n\n${lines}`);
}

/** Nothing of the host's AWS configuration, so that no mistake can reach a real account. */
function cdkEnvironment(emulatorUrl: string): NodeJS.ProcessEnv {
  const host = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  return {
    ...Object.fromEntries(host),
    AWS_ENDPOINT_URL: emulatorUrl,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_REGION: LOCAL_REGION,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_HOME: localPath('cdk-home'),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: 'true',
  };
}
