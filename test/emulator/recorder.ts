import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';

const callSchema = z.object({
  /** The function's name. */
  name: z.string(),
  /** The ARN it was invoked by, with its qualifier. */
  arn: z.string(),
  pid: z.number(),
  event: z.unknown(),
});

/** One invocation of a recorded function, told by the function itself. */
export type Call = z.infer<typeof callSchema>;

/** What a recorded function shall do with an invocation. */
export type Order =
  | { readonly return: unknown; readonly log?: string }
  | { readonly throw: { readonly name: string; readonly message: string } }
  | { readonly exit: number };

/** Decides on an invocation, the first of its function having index 0. A promise that never settles holds it. */
type Script = (call: Call, index: number) => Order | Promise<Order>;

/** Knows every invocation of the recorded functions, and tells each what to do. */
export interface Recorder {
  readonly url: string;
  /** Without a script a function returns null. */
  script(name: string, script: Script): void;
  calls(name: string): readonly Call[];
  close(): Promise<void>;
}

/** A script: kills the function's process in the middle of the invocation, which therefore never gets an order. */
export function kill({ pid }: Call): Promise<never> {
  process.kill(pid, 'SIGKILL');
  return new Promise(() => undefined);
}

/** The source of a recorded function: it tells the recorder of its invocation and does as it is told. */
export const RECORDED_FUNCTION = `
exports.handler = async (event, context) => {
  const call = { name: context.functionName, arn: context.invokedFunctionArn, pid: process.pid, event };
  const answer = await fetch(process.env.RECORDER, { method: 'POST', body: JSON.stringify(call) });
  const order = await answer.json();
  if ('exit' in order) process.exit(order.exit);
  if ('throw' in order) throw Object.assign(new Error(order.throw.message), { name: order.throw.name });
  if ('log' in order) console.log(order.log);
  return order.return;
};`;

/** Starts a recorder on a free port. */
export async function startRecorder(): Promise<Recorder> {
  const scripts = new Map<string, Script>();
  const calls = new Map<string, Call[]>();

  const decide = async (request: IncomingMessage): Promise<Order> => {
    const call = callSchema.parse(JSON.parse(await text(request)));
    const earlier = calls.get(call.name) ?? [];
    calls.set(call.name, [...earlier, call]);
    return scripts.get(call.name)?.(call, earlier.length) ?? { return: null };
  };
  const server = createServer((request, response) => {
    decide(request).then(
      (order) => response.end(JSON.stringify(order)),
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the recorder has no port');

  return {
    url: `http://127.0.0.1:${address.port}/`,
    script: (name, script) => void scripts.set(name, script),
    calls: (name) => calls.get(name) ?? [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
