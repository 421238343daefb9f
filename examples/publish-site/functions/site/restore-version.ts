import * as z from 'zod';
import type { ActionEvent } from '../runtime/action-event.ts';
import { ActionFailure } from '../runtime/action-failure.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { decideRestore } from './decide-restore.ts';
import { writerOf } from './pointer.ts';
import { siteNameSchema, versionSchema } from './site-names.ts';
import { switchPointer } from './switch-pointer.ts';
import { readVersionRecord } from './version-record.ts';

export const restoreInputSchema = z.strictObject({
  site: siteNameSchema,
  /** null: nothing was published before. */
  version: versionSchema.nullable(),
});

export interface Restored {
  /** What the site shows now. */
  readonly version: string | null;
  readonly restored: boolean;
  readonly warnings?: readonly string[];
}

/**
 * Switches a site back to an earlier version. Where there was none the pointer stays and says so:
 * without it, the fence would be gone that stops a late try of the publishing op.
 */
export async function restoreVersion(
  { sites }: { readonly sites: Bucket },
  event: ActionEvent<z.infer<typeof restoreInputSchema>>,
): Promise<Restored> {
  const { site, version } = event.input;
  if (version !== null && (await readVersionRecord(sites, site, version)) === undefined) {
    throw new ActionFailure('Fatal', `version ${version} of the site ${site} does not exist`);
  }
  const { pointer, reason } = await switchPointer(sites, site, (current) =>
    decideRestore(current, { site, version, writer: writerOf(event, 'restore') }),
  );
  if (pointer.writer.jobId === event.jobId) return { version: pointer.version, restored: true };
  return {
    version: pointer.version,
    restored: false,
    warnings: [`the site ${site} was left as it is: ${reason}`],
  };
}
