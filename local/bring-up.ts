import { rm } from 'node:fs/promises';
import * as z from 'zod';
import { LOCAL_REGION } from './connection.ts';
import { deployStack } from './deploy.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';
import type { StackFile } from './stack-file.ts';
import { newPasswords, signInLocalUsers } from './users.ts';

/** Does a piece of work, and shows that under its title. */
export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

export interface LocalStack {
  readonly emulator: RunningEmulator;
  readonly stack: StackFile;
}

const MAIN_STACK = 'Jobplane';

const mainOutputsSchema = z.object({
  ApiId: z.string(),
  TableName: z.string(),
  BusName: z.string(),
  JobStateMachineArn: z.string(),
  ChildJobsStateMachineArn: z.string().optional(),
  ConsoleUrl: z.string().optional(),
  UserPoolId: z.string(),
  UserPoolClientId: z.string(),
});

/** Where and how to bring a stack up. */
export interface BringUpOptions {
  /** Holds what the emulator stores; emptied first. */
  readonly stateDir: string;
  /** Holds what the CDK command line writes. */
  readonly outDir: string;
  /** Whether the emulator goes on when this process ends. */
  readonly outlivesParent?: boolean;
  /** Context values of the CDK app, over the local ones. */
  readonly context?: Readonly<Record<string, string>>;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

/** Nothing of a local stack is worth keeping when it is taken down. */
const LOCAL_CONTEXT = { 'jobplane:removal': 'destroy' };

/**
 * Brings a fresh local stack up: the local AWS, the app deployed on it, and a signed-in user for each role.
 * If anything fails, nothing is left running.
 */
export async function bringUp(step: Step, options: BringUpOptions): Promise<LocalStack> {
  const { stateDir, outDir, outlivesParent = false, signal = new AbortController().signal } = options;
  await rm(stateDir, { recursive: true, force: true });
  const emulator = await step('Start the local AWS', () => startEmulator({ stateDir, outlivesParent }));
  try {
    signal.throwIfAborted();
    const outputs = await step('Deploy Jobplane and its example (cdk deploy)', () =>
      deployStack({
        emulatorUrl: emulator.url,
        outDir,
        context: { ...LOCAL_CONTEXT, ...options.context },
        signal,
      }),
    );
    const main = mainOutputsSchema.parse(outputs[MAIN_STACK]);
    const passwords = newPasswords();
    const pool = {
      emulatorUrl: emulator.url,
      userPoolId: main.UserPoolId,
      userPoolClientId: main.UserPoolClientId,
    };
    const tokens = await step('Sign in a user for each role', () => signInLocalUsers(pool, passwords));
    const stack: StackFile = {
      apiUrl: localApiUrl(emulator.url, main.ApiId),
      ...(main.ConsoleUrl === undefined ? {} : { consoleUrl: main.ConsoleUrl }),
      tokens,
      passwords,
      emulatorUrl: emulator.url,
      region: LOCAL_REGION,
      tableName: main.TableName,
      busName: main.BusName,
      stateMachines: {
        job: main.JobStateMachineArn,
        ...(main.ChildJobsStateMachineArn === undefined ? {} : { childJobs: main.ChildJobsStateMachineArn }),
      },
      outputs,
      pid: emulator.pid,
    };
    signal.throwIfAborted();
    return { emulator, stack };
  } catch (error) {
    await emulator.kill();
    throw error;
  }
}

/** The one form of an API's address that works wherever names below localhost are not resolved. */
function localApiUrl(emulatorUrl: string, apiId: string): string {
  return `${emulatorUrl}/_aws/execute-api/${apiId}/$default`;
}
