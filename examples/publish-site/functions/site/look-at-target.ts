import * as z from 'zod';
import type { ActionEvent } from '../runtime/action-event.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { readPointer } from './pointer.ts';
import { targetSchema } from './site-names.ts';

export const lookInputSchema = z.strictObject({ target: targetSchema });

export interface Looked {
  /** null: nothing is published there. */
  readonly version: string | null;
}

/**
 * Which version a target shows: what to go back to. It is an op of its own because an op that is cut off
 * leaves no result, and publishing must be undone then, too.
 */
export async function lookAtTarget(
  { sites }: { readonly sites: Bucket },
  { input: { target } }: ActionEvent<z.infer<typeof lookInputSchema>>,
): Promise<Looked> {
  return { version: (await readPointer(sites, target))?.pointer.version ?? null };
}
