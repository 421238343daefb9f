import * as z from 'zod';
import type { Refused } from '../../contract/error-codes.ts';
import { parseInput } from '../../contract/parse-input.ts';
import { OP_STATUSES } from '../../op/op-view.ts';
import { GANETI } from './constants.ts';
import type { GanetiJob, GanetiOp } from './ganeti-job.ts';

const timeSchema = z.tuple([z.int(), z.int().min(0).max(999_999)]);

const timestampSchema = timeSchema.nullable().default(null);

const logEntrySchema = z.tuple([z.int(), timeSchema, z.string(), z.string()]);

const serializedOpSchema = z.strictObject({
  input: z.strictObject({ OP_ID: z.string(), name: z.string(), step: z.string(), input: z.json() }),
  status: z.enum(OP_STATUSES),
  result: z.json(),
  log: z.array(logEntrySchema),
  start_timestamp: timestampSchema,
  exec_timestamp: timestampSchema,
  end_timestamp: timestampSchema,
  priority: z.int().min(GANETI.highestPriority).max(GANETI.lowestPriority).default(GANETI.defaultPriority),
});

/**
 * The state that Ganeti writes of a job, by its own keys. Timestamps and priorities may be missing
 * in a state of an old version; a log entry is (serial, time, type, message).
 */
const serializedJobSchema = z.strictObject({
  id: z.string(),
  ops: z.array(serializedOpSchema).min(1, 'a job needs at least one opcode'),
  start_timestamp: timestampSchema,
  end_timestamp: timestampSchema,
  received_timestamp: timestampSchema,
});

export type SerializedJob = z.infer<typeof serializedJobSchema>;

/** The job as plain JSON; {@link restore} gives the same job back. */
export function serialize(job: GanetiJob): SerializedJob {
  return {
    id: job.id,
    ops: job.ops.map(serializeOp),
    start_timestamp: job.startTimestamp,
    end_timestamp: job.endTimestamp,
    received_timestamp: job.receivedTimestamp,
  };
}

/** Refused, with every problem, when the state is not one that {@link serialize} writes. */
export function restore(state: unknown): { readonly ok: true; readonly value: GanetiJob } | Refused {
  const parsed = parseInput(serializedJobSchema, state);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  return {
    ok: true,
    value: {
      id: value.id,
      ops: value.ops.map(restoreOp),
      receivedTimestamp: value.received_timestamp,
      startTimestamp: value.start_timestamp,
      endTimestamp: value.end_timestamp,
    },
  };
}

function serializeOp(op: GanetiOp): SerializedJob['ops'][number] {
  return {
    input: { ...op.input },
    status: op.status,
    result: op.result,
    log: op.log.map(({ serial, time, type, message }) => [serial, time, type, message]),
    start_timestamp: op.startTimestamp,
    exec_timestamp: op.execTimestamp,
    end_timestamp: op.endTimestamp,
    priority: op.priority,
  };
}

function restoreOp(op: SerializedJob['ops'][number]): GanetiOp {
  return {
    input: op.input,
    status: op.status,
    result: op.result,
    log: op.log.map(([serial, time, type, message]) => ({ serial, time, type, message })),
    priority: op.priority,
    startTimestamp: op.start_timestamp,
    execTimestamp: op.exec_timestamp,
    endTimestamp: op.end_timestamp,
  };
}
