import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { LOCAL_ACCOUNT, LOCAL_CREDENTIALS, LOCAL_REGION } from './connection.ts';
import { localPath, REPOSITORY } from './paths.ts';

const CDK = join(REPOSITORY, 'node_modules', '.bin', 'cdk');
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
}

/**
 * Deploys all stacks of the app to the local AWS with the CDK command line as it is. The app is synthesised
 * once, and the environment is bootstrapped meanwhile.
 */
export async function deployStack(options: DeployOptions): Promise<StackOutputs> {
  await mkdir(options.outDir, { recursive: true });
  await Promise.all([synthesise(options), bootstrap(options)]);
  return deploy(options);
}

async function synthesise({ outDir, context = {}, appDir = REPOSITORY, emulatorUrl }: DeployOptions): Promise<void> {
  const values = Object.entries(context).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
  const command = ['synth', '--all', '--quiet', '--output', assemblyOf(outDir), ...values];
  await cdk('synth', command, { cwd: appDir, outDir, emulatorUrl });
}

async function bootstrap({ outDir, emulatorUrl }: DeployOptions): Promise<void> {
  const environment = `aws://${LOCAL_ACCOUNT}/${LOCAL_REGION}`;
  // Not in the app's folder: the command would synthesise the app for nothing.
  await cdk('bootstrap', ['bootstrap', environment], { cwd: outDir, outDir, emulatorUrl });
}

async function deploy({ outDir, emulatorUrl, appDir = REPOSITORY }: DeployOptions): Promise<StackOutputs> {
  const outputsFile = join(outDir, 'outputs.json');
  const command = ['deploy', '--all', '--app', assemblyOf(outDir), '--outputs-file', outputsFile];
  const unattended = ['--require-approval', 'never', '--method', 'direct', '--progress', 'events'];
  await cdk('deploy', [...command, ...unattended], { cwd: appDir, outDir, emulatorUrl });
  return outputsSchema.parse(JSON.parse(await readFile(outputsFile, 'utf8')));
}

function assemblyOf(outDir: string): string {
  return join(outDir, 'cdk.out');
}

interface CdkRun {
  readonly cwd: string;
  readonly outDir: string;
  readonly emulatorUrl: string;
}

async function cdk(name: string, command: readonly string[], { cwd, outDir, emulatorUrl }: CdkRun): Promise<void> {
  const logFile = join(outDir, `cdk-${name}.log`);
  const log = await open(logFile, 'w');
  const env = cdkEnvironment(emulatorUrl);
  const child = spawn(CDK, [...command, ...NO_INTERNET], { cwd, env, stdio: ['ignore', log.fd, log.fd] });
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
