import * as z from 'zod';
import type { Caller } from './caller.ts';

/**
 * Somebody who may send commands to the bus. An event proves the account that it came from and nothing
 * else, so the bus's policy pins whom it lets in to one source, and the two together name the sender.
 */
export const senderSchema = z.strictObject({
  name: z.string(),
  account: z.string(),
  source: z.string(),
  /** As a user's: what they permit. */
  groups: z.array(z.string()),
});

export type Sender = z.infer<typeof senderSchema>;

export const sendersSchema = z.array(senderSchema);

/** Before a sender's name, where people read who did something. No user has a name that begins so. */
export const SENDER_PREFIX = 'sender:';

/** Null: nobody who was registered sent it. */
export function senderOf(
  senders: readonly Sender[],
  { account, source }: Pick<Sender, 'account' | 'source'>,
): Sender | null {
  return senders.find((sender) => sender.account === account && sender.source === source) ?? null;
}

/** A sender as anybody else who asks for something. */
export function callerOfSender({ name, groups }: Sender): Caller {
  return { user: `${SENDER_PREFIX}${name}`, groups };
}
