import * as z from 'zod';
import {
  type ActionCatalog,
  type ActionKind,
  BUILT_IN_ACTIONS,
} from '../../../core/contract/action-catalog.ts';

const registeredSchema = z.discriminatedUnion('kind', [
  /** The alias that the construct made for the team's function. */
  z.strictObject({ kind: z.literal('lambda'), alias: z.string() }),
  z.strictObject({ kind: z.literal('external') }),
]);

/** The actions of a deployment as the construct hands them to its functions: JSON by action name. */
export const registeredActionsSchema = z.record(z.string(), registeredSchema);

export type RegisteredActions = z.infer<typeof registeredActionsSchema>;

/** What callers may name, built-in actions included. */
export function catalogOf(registered: RegisteredActions): ActionCatalog {
  const catalog = new Map<string, { readonly kind: ActionKind }>();
  for (const [name, { kind }] of Object.entries(registered)) catalog.set(name, { kind });
  for (const kind of BUILT_IN_ACTIONS) catalog.set(kind, { kind });
  return catalog;
}
