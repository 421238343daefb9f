import type { DynamoDBClient, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-dynamodb';

/** What DynamoDB is asked for, and how its answer is had: once for each request that is sent. */
interface Attempt {
  readonly input: ServiceInputTypes;
  /** Sends the request, and answers what DynamoDB answered. */
  send(): Promise<ServiceOutputTypes>;
}

/** What becomes of one request on its way. */
export type Fault = (attempt: Attempt) => Promise<ServiceOutputTypes>;

/** The commands that a job store sends. */
export type CommandName =
  | 'BatchGetItemCommand'
  | 'BatchWriteItemCommand'
  | 'DeleteItemCommand'
  | 'GetItemCommand'
  | 'PutItemCommand'
  | 'QueryCommand'
  | 'TransactWriteItemsCommand';

/** Lets requests of a client go wrong, below the SDK's own retries: each retry is another request. */
export class FaultyDynamoClient {
  readonly #faults = new Map<CommandName, Fault[]>();
  readonly #sent: string[] = [];

  constructor(client: DynamoDBClient) {
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const command = String(context['commandName']);
        this.#sent.push(command);
        const fault = this.#next(command);
        if (fault === undefined) return next(args);
        let response: unknown;
        const output = await fault({
          input: args.input,
          send: async () => {
            const answer = await next(args);
            response = answer.response;
            return answer.output;
          },
        });
        return { response, output };
      },
      { step: 'finalizeRequest', priority: 'low', name: 'faults' },
    );
  }

  /** Plans what becomes of the next requests of this command, one after the other. */
  plan(command: CommandName, ...faults: readonly Fault[]): void {
    this.#faults.set(command, [...(this.#faults.get(command) ?? []), ...faults]);
  }

  /** How many requests of this command have been sent, the SDK's retries included. */
  sent(command: CommandName): number {
    return this.#sent.filter((name) => name === command).length;
  }

  /** Planned faults that no request has met. */
  unmet(): number {
    return [...this.#faults.values()].reduce((count, faults) => count + faults.length, 0);
  }

  #next(command: string): Fault | undefined {
    for (const [name, faults] of this.#faults) if (name === command) return faults.shift();
    return undefined;
  }
}

/** Nothing happens to the request. */
export const pass: Fault = ({ send }) => send();

/** The request is carried out, and its answer never arrives. */
export const loseAnswer: Fault = async ({ send }) => {
  await send();
  throw connectionReset();
};

/** The request never arrives. */
export const loseRequest: Fault = async () => {
  throw connectionReset();
};

/** The request is refused with this error, and not carried out. */
export function refuse(error: Error): Fault {
  return async () => {
    throw error;
  };
}

/** Something else happens first. */
export function precededBy(what: () => Promise<unknown>): Fault {
  return async ({ send }) => {
    await what();
    return send();
  };
}

/** Something else happens between the request and its answer. */
export function followedBy(what: () => Promise<unknown>): Fault {
  return async ({ send }) => {
    const output = await send();
    await what();
    return output;
  };
}

function connectionReset(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
