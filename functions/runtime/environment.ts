import * as z from 'zod';
import { sendersSchema } from '../../core/access/sender.ts';
import { durationSchema } from '../../core/contract/duration.ts';
import { httpLimitsSchema } from '../../core/contract/http-call.ts';
import { quotasSchema } from '../../core/quota/quotas.ts';
import { actionTargetsSchema, registeredActionsSchema } from '../adapters/actions/registered-actions.ts';

/**
 * What the construct hands to its functions, one group for each thing a function may be composed of.
 * Parsed at cold start, so that a function never runs half configured.
 */
export const storeEnvironment = z.object({ TABLE_NAME: z.string() });

export const executionsEnvironment = z.object({
  STATE_MACHINE_ARN: z.string(),
  CHILD_MACHINE_ARN: z.string(),
  LIVENESS_FIRST_SECONDS: z.coerce.number().int().min(1),
  LIVENESS_MAX_SECONDS: z.coerce.number().int().min(1),
  /** How long a settled job stays readable whose submitter did not say. */
  RETENTION: durationSchema,
});

/** Only functions that make waiting jobs go on read it. */
export const schedulesEnvironment = z.object({
  SCHEDULE_GROUP: z.string(),
  SCHEDULE_FUNCTION_ARN: z.string(),
  SCHEDULE_ROLE_ARN: z.string(),
  SCHEDULE_DEAD_LETTERS_ARN: z.string(),
});

/** Only functions that make, change or run recurring schedules read it. */
export const recurringEnvironment = z.object({
  RECURRING_GROUP: z.string(),
  RECURRING_FUNCTION_ARN: z.string(),
  RECURRING_ROLE_ARN: z.string(),
  RECURRING_DEAD_LETTERS_ARN: z.string(),
});

/** Read by Powertools: the dimension that keeps the metrics of deployments apart. */
export const metricsEnvironment = z.object({ POWERTOOLS_SERVICE_NAME: z.string() });

/** What each project may have. */
export const quotasEnvironment = z.object({ QUOTAS: jsonOf(quotasSchema) });

export const catalogEnvironment = z.object({ CATALOG: jsonOf(registeredActionsSchema) });

/** Only functions that start work, or hear of its end, are told what stands behind the names. */
export const targetsEnvironment = z.object({ ACTION_TARGETS: jsonOf(actionTargetsSchema) });

/** The function that works through the filter of a bulk job: who calls it, itself among them, is told. */
export const bulkEnvironment = z.object({ BULK_FUNCTION: z.string() });

/** The function that reaches other services: whoever has work started, stopped or asked after is told. */
export const reachEnvironment = z.object({ REACH_FUNCTION: z.string() });

/** What the function of one action of kind http may do; read by no other. */
export const httpRulesEnvironment = z.object({
  HTTP_RULES: jsonOf(
    httpLimitsSchema.extend({
      timeoutSeconds: z.int().min(1),
      /** A header whose value is the secret's text; for the hosts of the first request only. */
      authorization: z.strictObject({ header: z.string(), secret: z.string() }).optional(),
    }),
  ),
});

/** Where the functions of the API find a caller in a token; left out, where Cognito writes it. */
export const claimsEnvironment = z.object({
  /** The claim that lists the groups. */
  GROUPS_CLAIM: z.string().min(1).default('cognito:groups'),
  /** The claim that names the user. An access token of Cognito has another than an ID token. */
  USER_CLAIM: z.string().min(1).optional(),
});

/** Set together, or not at all. */
export type ClaimVariables = Readonly<
  Record<keyof z.input<typeof claimsEnvironment>, string> | Record<never, string>
>;

export const busEnvironment = z.object({
  BUS_NAME: z.string(),
  PUBLISH_LOG: z.enum(['true', 'false']).transform((text) => text === 'true'),
});

/** Only the function that takes commands from the bus reads it. */
export const commandsEnvironment = z.object({
  SENDERS: jsonOf(sendersSchema),
  REFUSED_COMMANDS_URL: z.string(),
});

/** Every variable as text: what the construct sets, named by what the functions parse. */
export type EnvironmentVariables = Readonly<
  Record<
    | keyof z.input<typeof storeEnvironment>
    | keyof z.input<typeof executionsEnvironment>
    | keyof z.input<typeof schedulesEnvironment>
    | keyof z.input<typeof recurringEnvironment>
    | keyof z.input<typeof quotasEnvironment>
    | keyof z.input<typeof catalogEnvironment>
    | keyof z.input<typeof metricsEnvironment>
    | keyof z.input<typeof bulkEnvironment>
    | keyof z.input<typeof reachEnvironment>
    | keyof z.input<typeof busEnvironment>,
    string
  >
>;

function jsonOf<Schema extends z.ZodType>(schema: Schema) {
  return z.string().transform((text): z.output<Schema> => schema.parse(JSON.parse(text)));
}
