import type { CommandEvent } from '../contract/bus-commands.ts';
import type { Refusal } from '../contract/error-codes.ts';
import type { CommandRefused } from '../contract/event-details.ts';

/** A command that was refused: what everybody on the bus may know of it, and all of it. */
export interface RefusedCommand {
  readonly told: CommandRefused;
  readonly event: CommandEvent;
  readonly refusal: Refusal;
}

/** Where refused commands are told of, since an event has no answer. */
export interface RefusedCommands {
  /** An event on the bus for whoever sent it, and a dead letter for whoever operates the deployment. */
  tell(refused: RefusedCommand): Promise<void>;
}
