import * as z from 'zod';
import { registeredActionsSchema } from '../adapters/actions/registered-actions.ts';

/**
 * What the construct hands to its functions, one group for each thing a function may be composed of.
 * Parsed at cold start, so that a function never runs half configured.
 */
export const storeEnvironment = z.object({ TABLE_NAME: z.string() });

export const executionsEnvironment = z.object({
  STATE_MACHINE_ARN: z.string(),
  LIVENESS_FIRST_SECONDS: z.coerce.number().int().min(1),
  LIVENESS_MAX_SECONDS: z.coerce.number().int().min(1),
});

export const actionsEnvironment = z.object({
  /** JSON of the registered actions, by name. */
  ACTIONS: z.string().transform((text) => registeredActionsSchema.parse(JSON.parse(text))),
});

export const busEnvironment = z.object({ BUS_NAME: z.string() });

/** Every variable, as text: what the construct sets, typed by what the functions parse. */
export type EnvironmentVariables = Readonly<
  z.input<typeof storeEnvironment> &
    Record<keyof z.input<typeof executionsEnvironment>, string> &
    z.input<typeof actionsEnvironment> &
    z.input<typeof busEnvironment>
>;
