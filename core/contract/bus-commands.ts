import * as z from 'zod';
import { jobIdSchema, opIndexSchema } from '../job/identifiers.ts';
import { cancelJobBodySchema } from './api/cancel-job.ts';
import { idempotencyKeySchema } from './api/submit-job.ts';
import { completeOpBodySchema, failOpBodySchema } from './api/worker-verbs.ts';
import { submittedSpecSchema } from './job-spec.ts';

/** Events that tell Jobplane to do something. */
export const COMMAND_TYPES = ['Submit Job', 'Cancel Job', 'Complete Op', 'Fail Op'] as const;

export type CommandType = (typeof COMMAND_TYPES)[number];

/** The op of a job: in the API they stand in the path. */
const theOp = { jobId: jobIdSchema, op: opIndexSchema };

/** The `detail` of every command, by its detail-type: what the API takes for the same. */
export const COMMANDS = {
  'Submit Job': z.strictObject({
    spec: submittedSpecSchema,
    /** As the header `Idempotency-Key` of `POST /jobs`; without it, the event's own id. */
    idempotencyId: idempotencyKeySchema.optional(),
  }),
  'Cancel Job': z.strictObject({ jobId: jobIdSchema, ...cancelJobBodySchema.shape }),
  'Complete Op': z.strictObject({ ...theOp, ...completeOpBodySchema.shape }),
  'Fail Op': z.strictObject({ ...theOp, ...failOpBodySchema.shape }),
} as const satisfies Record<CommandType, z.ZodType>;

/** An event that holds a command; whoever sent it is known by account and source alone. */
export const commandEventSchema = z.looseObject({
  id: z.string().min(1),
  'detail-type': z.enum(COMMAND_TYPES),
  source: z.string(),
  account: z.string(),
  detail: z.unknown(),
});

export type CommandEvent = z.infer<typeof commandEventSchema>;
