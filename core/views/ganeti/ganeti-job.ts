import type { OpStatus } from '../../op/op-view.ts';
import type { Json } from '../../op/references.ts';

/** Ganeti's timestamp: whole seconds since the epoch, and the microseconds on top. */
export type GanetiTime = [seconds: number, microseconds: number];

/**
 * An entry of an op's log. Serials run through the whole job, so an op's own may have gaps.
 * Ganeti's type of what an op writes is `message`; Jobplane's other kinds keep their names.
 */
export type GanetiLogEntry = {
  readonly serial: number;
  readonly time: GanetiTime;
  readonly type: string;
  readonly message: string;
};

/** What was submitted: Ganeti's opcode, with the action in the place of its OP_ID. */
export type GanetiInput = {
  readonly OP_ID: string;
  readonly name: string;
  readonly step: string;
  readonly input: Json;
};

/** Ganeti's _QueuedOpCode. */
export type GanetiOp = {
  readonly input: GanetiInput;
  readonly status: OpStatus;
  /** Of a success its result, of an error `[code, [message]]` as Ganeti encodes exceptions. */
  readonly result: Json;
  readonly log: readonly GanetiLogEntry[];
  readonly priority: number;
  readonly startTimestamp: GanetiTime | null;
  readonly execTimestamp: GanetiTime | null;
  readonly endTimestamp: GanetiTime | null;
};

/** Ganeti's _QueuedJob, as a value: what changes it returns another. */
export type GanetiJob = {
  readonly id: string;
  readonly ops: readonly GanetiOp[];
  readonly receivedTimestamp: GanetiTime | null;
  readonly startTimestamp: GanetiTime | null;
  readonly endTimestamp: GanetiTime | null;
};

/** The answer of a command: whether it was taken, Ganeti's message, and the job after it. */
export type GanetiAnswer = {
  readonly ok: boolean;
  readonly message: string;
  readonly job: GanetiJob;
};
