import * as z from 'zod';
import type { ActionEvent } from '../runtime/action-event.ts';
import { ActionFailure } from '../runtime/action-failure.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { decideRestore } from './decide-restore.ts';
import { targetSchema, versionSchema } from './site-names.ts';
import { switchPointer } from './switch-pointer.ts';
import { readVersionRecord } from './version-record.ts';
import { wantedSwitch } from './wanted-switch.ts';

export const restoreInputSchema = z.strictObject({
  target: targetSchema,
  release: z.string(),
  /** null: nothing was published before. */
  version: versionSchema.nullable(),
});

export interface Restored {
  /** What the target shows now. */
  readonly version: string | null;
  readonly restored: boolean;
  readonly warnings?: readonly string[];
}

/**
 * Switches a target back to an earlier version. Where there was none the pointer stays and says so:
 * without it, the fence would be gone that stops a late try of the publishing op.
 */
export async function restoreVersion(
  { sites }: { readonly sites: Bucket },
  event: ActionEvent<z.infer<typeof restoreInputSchema>>,
): Promise<Restored> {
  const { target, version } = event.input;
  const wanted = wantedSwitch(event, 'restore', version);
  if (version !== null && (await readVersionRecord(sites, target, version)) === undefined) {
    throw new ActionFailure('Fatal', `${target} has no version ${version}`);
  }
  const { pointer, reason } = await switchPointer(sites, target, (current) => decideRestore(current, wanted));
  if (pointer.version === version) return { version: pointer.version, restored: true };
  return {
    version: pointer.version,
    restored: false,
    warnings: [`${target} was left as it is: ${reason}`],
  };
}
