import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import * as z from 'zod';
import { submitBuild } from './submit-build.ts';

const { BUS_ARN, SOURCE } = z.object({ BUS_ARN: z.string(), SOURCE: z.string() }).parse(process.env);

const client = new EventBridgeClient();

/** Sends the command; what the bus does not take is thrown, so that Lambda tries again. */
export async function handler(event: unknown): Promise<void> {
  const entry = { EventBusName: BUS_ARN, ...submitBuild(event, SOURCE) };
  const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
  const refused = Entries.find(({ ErrorCode }) => ErrorCode !== undefined);
  if (refused !== undefined) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
}
