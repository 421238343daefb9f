import middy from '@middy/core';
import { callerOfSender, type Sender, senderOf } from '../../core/access/sender.ts';
import { commandEventSchema } from '../../core/contract/bus-commands.ts';
import { JOBPLANE_SOURCE } from '../../core/contract/bus-events.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { RefusedCommands } from '../../core/ports/refused-commands.ts';
import { composeCommands } from '../runtime/commands-composition.ts';
import { composeDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { count } from '../runtime/metrics.ts';
import { runCommand } from '../runtime/run-command.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';

export interface CommandDeps extends Deps {
  readonly senders: readonly Sender[];
  readonly refusedCommands: RefusedCommands;
}

/**
 * Rule on the private bus: commands of registered senders. What is refused is told of on the bus and
 * kept as a dead letter. What fails for a reason of ours (a throttle, contention) is thrown, so that
 * Lambda delivers the event again. Whoever is not registered gets no answer and changes nothing: an
 * answer to events that anybody may send could go round in circles.
 */
export function commandHandler(deps: CommandDeps) {
  return middy(async (received: unknown): Promise<void> => {
    const event = commandEventSchema.parse(received);
    const { id: eventId, 'detail-type': command, account, source } = event;
    const sender = source === JOBPLANE_SOURCE ? null : senderOf(deps.senders, event);
    if (sender === null) {
      count('CommandsFromUnknownSenders');
      logger.warn('A command from nobody who is registered was dropped', {
        eventId,
        command,
        account,
        source,
      });
      return;
    }
    const about = { eventId, command, sender: sender.name };
    const outcome = await runCommand(deps, callerOfSender(sender), event);
    if (outcome.ok) {
      count('CommandsTaken');
      logger.info('A command was taken', { ...about, jobId: outcome.jobId });
      return;
    }
    const { refusal, project } = outcome;
    const { code, detail } = refusal;
    await deps.refusedCommands.tell({
      told: { ...about, code, detail, ...(project === undefined ? {} : { project }) },
      event,
      refusal,
    });
    count('CommandsRefused');
    logger.info('A command was refused', { ...about, code });
  });
}

export const handler = commandHandler({
  ...composeDeps({ schedules: composeSchedules() }),
  ...composeCommands(),
});
