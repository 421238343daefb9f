import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Sender } from '../../core/access/sender.ts';
import type { RefusedCommands } from '../../core/ports/refused-commands.ts';
import { refusedCommands } from '../adapters/commands/refused-commands.ts';
import { CLIENT } from './composition.ts';
import { busEnvironment, commandsEnvironment } from './environment.ts';

/** Who may send commands, and where refusals are told of. */
export function composeCommands(): {
  readonly senders: readonly Sender[];
  readonly refusedCommands: RefusedCommands;
} {
  const { SENDERS, REFUSED_COMMANDS_URL } = commandsEnvironment.parse(process.env);
  return {
    senders: SENDERS,
    refusedCommands: refusedCommands({
      events: new EventBridgeClient(CLIENT),
      busName: busEnvironment.parse(process.env).BUS_NAME,
      sqs: new SQSClient(CLIENT),
      queueUrl: REFUSED_COMMANDS_URL,
    }),
  };
}
