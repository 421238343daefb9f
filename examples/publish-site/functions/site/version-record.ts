import * as z from 'zod';
import { type ArchiveReference, archiveReferenceSchema } from '../archive/archive-reference.ts';
import { manifestSchema, type SiteArchive } from '../archive/site-archive.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { versionSchema } from './site-names.ts';
import { targetKeys } from './target-keys.ts';

const versionRecordSchema = z.object({
  version: versionSchema,
  archive: archiveReferenceSchema,
  manifest: manifestSchema,
});

/** Says that a target has all pages of a version, and what they are. */
export type VersionRecord = z.infer<typeof versionRecordSchema>;

/** To be written after the last page of the version. */
export async function writeVersionRecord(
  sites: Bucket,
  target: string,
  { version, manifest }: SiteArchive,
  archive: ArchiveReference,
): Promise<void> {
  const record: VersionRecord = { version, archive, manifest };
  await sites.write(targetKeys(target).versionRecord(version), {
    body: Buffer.from(JSON.stringify(record)),
    contentType: 'application/json',
  });
}

export async function readVersionRecord(
  sites: Bucket,
  target: string,
  version: string,
): Promise<VersionRecord | undefined> {
  const stored = await sites.read(targetKeys(target).versionRecord(version));
  return stored && versionRecordSchema.parse(JSON.parse(stored.body.toString()));
}
