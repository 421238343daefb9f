import * as z from 'zod';
import {
  ACTION_KINDS,
  type ActionCatalog,
  type ActionKind,
  BUILT_IN_ACTIONS,
  BULK_ACTION,
} from '../../../core/contract/action-catalog.ts';

/** The kinds of a deployment's actions by name, as the construct hands them to its functions. */
export const registeredActionsSchema = z.record(z.string(), z.enum(ACTION_KINDS));

export type RegisteredActions = z.infer<typeof registeredActionsSchema>;

/**
 * What stands behind the names, only for the function that dispatches: the alias that the construct
 * made for each Lambda action.
 */
export const actionTargetsSchema = z.record(z.string(), z.string());

export type ActionTargets = z.infer<typeof actionTargetsSchema>;

/** What callers may name, built-in actions included. */
export function catalogOf(registered: RegisteredActions): ActionCatalog {
  const catalog = new Map<string, { readonly kind: ActionKind }>();
  for (const [name, kind] of Object.entries(registered)) catalog.set(name, { kind });
  for (const kind of [...BUILT_IN_ACTIONS, BULK_ACTION]) catalog.set(kind, { kind });
  return catalog;
}
