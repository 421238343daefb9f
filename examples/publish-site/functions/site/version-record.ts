import * as z from 'zod';
import { type ArchiveReference, archiveReferenceSchema } from '../archive/archive-reference.ts';
import { manifestSchema, type SiteArchive } from '../archive/site-archive.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { siteKeys } from './site-keys.ts';
import { versionSchema } from './site-names.ts';

const versionRecordSchema = z.object({
  version: versionSchema,
  archive: archiveReferenceSchema,
  manifest: manifestSchema,
});

/** Says that all pages of a version are in the bucket, and what they are. */
type VersionRecord = z.infer<typeof versionRecordSchema>;

/** To be written after the last page of the version. */
export async function writeVersionRecord(
  sites: Bucket,
  { version, manifest }: SiteArchive,
  archive: ArchiveReference,
): Promise<void> {
  const record: VersionRecord = { version, archive, manifest };
  await sites.write(siteKeys(manifest.site).versionRecord(version), {
    body: Buffer.from(JSON.stringify(record)),
    contentType: 'application/json',
  });
}

export async function readVersionRecord(
  sites: Bucket,
  site: string,
  version: string,
): Promise<VersionRecord | undefined> {
  const stored = await sites.read(siteKeys(site).versionRecord(version));
  return stored && versionRecordSchema.parse(JSON.parse(stored.body.toString()));
}
