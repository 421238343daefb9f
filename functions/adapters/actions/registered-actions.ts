import * as z from 'zod';
import {
  ACTION_KINDS,
  type ActionCatalog,
  BUILT_IN_ACTIONS,
  BULK_ACTION,
  type CatalogEntry,
} from '../../../core/contract/action-catalog.ts';
import { httpLimitsSchema } from '../../../core/contract/http-call.ts';

/**
 * A deployment's actions by name, as the construct hands them to its functions: their kinds, and of those
 * of kind http where their requests may go.
 */
export const registeredActionsSchema = z.record(
  z.string(),
  z.union([
    z.enum(ACTION_KINDS),
    z.strictObject({ kind: z.literal('http'), http: httpLimitsSchema }).readonly(),
  ]),
);

export type RegisteredActions = z.infer<typeof registeredActionsSchema>;

/**
 * What stands behind the names, only for functions that start work or hear of its end. An ARN of a task or
 * job definition says a revision; the next deployment's work says another.
 */
export const actionTargetSchema = z.discriminatedUnion('kind', [
  /** The alias that the construct made of it. */
  z.strictObject({ kind: z.literal('lambda'), function: z.string() }),
  z.strictObject({ kind: z.literal('http'), function: z.string() }),
  z.strictObject({ kind: z.literal('stateMachine'), machine: z.string() }),
  z.strictObject({
    kind: z.literal('ecsTask'),
    cluster: z.string(),
    taskDefinition: z.string(),
    container: z.string(),
    launchType: z.enum(['FARGATE', 'EC2']),
    /** Of task definitions in network mode awsvpc. */
    network: z
      .strictObject({
        subnets: z.array(z.string()),
        securityGroups: z.array(z.string()),
        publicIp: z.boolean(),
      })
      .optional(),
  }),
  z.strictObject({ kind: z.literal('batchJob'), queue: z.string(), definition: z.string() }),
]);

export type ActionTarget = z.infer<typeof actionTargetSchema>;

export type TargetOf<Kind extends ActionTarget['kind']> = Extract<ActionTarget, { kind: Kind }>;

export const actionTargetsSchema = z.record(z.string(), actionTargetSchema);

export type ActionTargets = z.infer<typeof actionTargetsSchema>;

/** What callers may name, built-in actions included. */
export function catalogOf(registered: RegisteredActions): ActionCatalog {
  const catalog = new Map<string, CatalogEntry>();
  for (const [name, entry] of Object.entries(registered)) {
    catalog.set(name, typeof entry === 'string' ? { kind: entry } : entry);
  }
  for (const kind of [...BUILT_IN_ACTIONS, BULK_ACTION]) catalog.set(kind, { kind });
  return catalog;
}
