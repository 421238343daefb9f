import * as z from 'zod';
import { archiveReferenceSchema, loadArchive } from '../archive/archive-reference.ts';
import type { ActionEvent } from '../runtime/action-event.ts';
import { ActionFailure } from '../runtime/action-failure.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { eachLimited } from '../runtime/each-limited.ts';
import { decideSwitch } from './decide-switch.ts';
import { targetSchema } from './site-names.ts';
import { switchPointer } from './switch-pointer.ts';
import { targetKeys } from './target-keys.ts';
import { writeVersionRecord } from './version-record.ts';
import { wantedSwitch } from './wanted-switch.ts';

export const publishInputSchema = z.strictObject({
  target: targetSchema,
  release: z.string(),
  archive: archiveReferenceSchema,
});

export interface Published {
  readonly version: string;
  /** What it replaced; null if nothing was there. */
  readonly previous: string | null;
  readonly key: string;
}

const PARALLEL_WRITES = 16;

/**
 * Puts the pages of an archive beside those of earlier versions and then switches the target to them,
 * so that readers see the old version or the new one and never a mixture.
 */
export async function publishVersion(
  { archives, sites }: { readonly archives: Bucket; readonly sites: Bucket },
  event: ActionEvent<z.infer<typeof publishInputSchema>>,
): Promise<Published> {
  const { target, archive: reference } = event.input;
  const archive = await loadArchive(archives, reference);
  const { site } = archive.manifest;
  if (!target.startsWith(`${site}/`)) {
    throw new ActionFailure('Fatal', `the archive is of the site ${site}, and ${target} is no place of it`);
  }
  const { version, files } = archive;
  const wanted = wantedSwitch(event, 'publish', version);
  const keys = targetKeys(target);
  await eachLimited(files, PARALLEL_WRITES, ({ path, ...file }) =>
    sites.write(keys.page(version, path), file),
  );
  await writeVersionRecord(sites, target, archive, reference);
  const { pointer } = await switchPointer(sites, target, (current) => decideSwitch(current, wanted));
  return { version, previous: pointer.previous, key: keys.page(version, 'index.html') };
}
