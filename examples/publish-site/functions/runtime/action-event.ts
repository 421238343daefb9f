import * as z from 'zod';
import { ActionFailure } from './action-failure.ts';

const eventSchema = z.object({
  jobId: z.string().min(1),
  project: z.string().min(1),
  attempt: z.int().min(1),
  op: z.object({ index: z.int().min(0), name: z.string().min(1) }),
  try: z.int().min(1),
  nonce: z.string(),
  /** Grows with every op start of a job, so a store can tell a late writer from the current one. */
  opFence: z.int().min(1),
  /** By the name of each lock that the job holds; grows with every job that takes it. */
  fences: z.record(z.string(), z.int()),
  input: z.unknown(),
});

/** What Jobplane sends to the function of an action. */
export type ActionEvent<Input> = Omit<z.infer<typeof eventSchema>, 'input'> & { readonly input: Input };

/** Reads an event whose input has to be of `inputSchema`, or fails the op for good. */
export function parseActionEvent<Input>(inputSchema: z.ZodType<Input>, event: unknown): ActionEvent<Input> {
  const { input, ...envelope } = parse(eventSchema, event, 'the event');
  return { ...envelope, input: parse(inputSchema, input, 'the input') };
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ActionFailure('Fatal', `${what} cannot be used: ${z.prettifyError(parsed.error)}`);
}
