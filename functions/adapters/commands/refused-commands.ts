import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { JOBPLANE_SOURCE } from '../../../core/contract/bus-events.ts';
import type { DetailType } from '../../../core/contract/event-details.ts';
import { utf8Bytes } from '../../../core/contract/limits.ts';
import type { RefusedCommand, RefusedCommands } from '../../../core/ports/refused-commands.ts';

export interface RefusedCommandsConfig {
  readonly events: EventBridgeClient;
  readonly busName: string;
  readonly sqs: SQSClient;
  readonly queueUrl: string;
}

const DETAIL_TYPE: DetailType = 'Command Refused';

/** What a queue takes by default: an event may have as much, and what was wrong with it comes on top. */
const LETTER_BYTES = 256 * 1024;

/** The letter first: whoever hears of the refusal finds it there. */
export function refusedCommands(config: RefusedCommandsConfig): RefusedCommands {
  return {
    async tell(refused) {
      await config.sqs.send(
        new SendMessageCommand({ QueueUrl: config.queueUrl, MessageBody: letterOf(refused) }),
      );
      const { Entries = [] } = await config.events.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: config.busName,
              Source: JOBPLANE_SOURCE,
              DetailType: DETAIL_TYPE,
              Detail: JSON.stringify(refused.told),
            },
          ],
        }),
      );
      const [{ ErrorCode: code } = {}] = Entries;
      if (code !== undefined) throw new Error(`the bus did not take the refusal of a command: ${code}`);
    },
  };
}

/** Without the command's detail where that leaves no room: the sender has it by the event's id. */
function letterOf({ told, event, refusal }: RefusedCommand): string {
  const whole = JSON.stringify({ sender: told.sender, refusal, event });
  if (utf8Bytes(whole) <= LETTER_BYTES) return whole;
  const { errors: _errors, ...short } = refusal;
  const { detail: _detail, ...envelope } = event;
  return JSON.stringify({ sender: told.sender, refusal: short, event: envelope, tooLarge: true });
}
