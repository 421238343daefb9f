import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { localConnection } from '../../local/connection.ts';
import type { StackFile } from '../../local/stack-file.ts';
import type { ControlFunction } from './control-functions.ts';

/** One request that a function made to AWS, and what it was answered. */
export interface AwsCall {
  /** `DynamoDB_20120810.GetItem`, say; method and path for services that are called by those. */
  readonly operation: string;
  readonly request: unknown;
  readonly response: unknown;
  readonly status: number;
}

/** Stands between functions and the local AWS, and knows everything they ask of it. */
export interface CallMeter {
  readonly url: string;
  /** All calls so far, from this position on. */
  since(position: number): readonly AwsCall[];
  readonly position: () => number;
  close(): Promise<void>;
}

/** Starts a meter in front of the local AWS. */
export async function startCallMeter(emulatorUrl: string): Promise<CallMeter> {
  const calls: AwsCall[] = [];
  const server = createServer((incoming, outgoing) => {
    forward(emulatorUrl, incoming).then(
      ({ call, answer, body }) => {
        calls.push(call);
        outgoing.writeHead(call.status, answer.headers).end(body);
      },
      (error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the meter has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    since: (position) => calls.slice(position),
    position: () => calls.length,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * Sends the functions' calls through the meter, by the variable that every AWS SDK reads. It costs each
 * call a hop more, so nothing is timed while the meter is in.
 */
export async function meterFunctions(
  stack: StackFile,
  functions: readonly ControlFunction[],
  meter: CallMeter,
): Promise<void> {
  const lambda = new LambdaClient(localConnection(stack.emulatorUrl));
  for (const { functionName: FunctionName } of functions) {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const Variables = { ...Environment?.Variables, AWS_ENDPOINT_URL: meter.url };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  }
}

async function forward(
  emulatorUrl: string,
  incoming: IncomingMessage,
): Promise<{ readonly call: AwsCall; readonly answer: IncomingMessage; readonly body: Buffer }> {
  const { method = 'GET', url = '/', headers } = incoming;
  const sent = await buffer(incoming);
  const outgoing = request(new URL(url, emulatorUrl), { method, headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  outgoing.end(sent);
  const answer = await answered;
  const body = await buffer(answer);
  const target = headers['x-amz-target'];
  const call: AwsCall = {
    operation: typeof target === 'string' ? target : `${method} ${url}`,
    request: typeof target === 'string' ? jsonOf(sent) : undefined,
    response: typeof target === 'string' ? jsonOf(body) : undefined,
    status: answer.statusCode ?? 0,
  };
  return { call, answer, body };
}

function jsonOf(body: Buffer): unknown {
  return body.length === 0 ? undefined : JSON.parse(body.toString());
}
