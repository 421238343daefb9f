import * as z from 'zod';
import { ActionFailure } from '../runtime/action-failure.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { sha256 } from '../runtime/sha256.ts';
import { sha256Schema } from '../site/site-names.ts';
import { packSite, type SiteArchive, type SiteFile, unpackSite } from './site-archive.ts';

/** Where an archive is and what it must contain: the result of one op and the input of others. */
export const archiveReferenceSchema = z
  .strictObject({
    bucket: z.string(),
    key: z.string(),
    sha256: sha256Schema,
    bytes: z.int().min(1),
  })
  .refine(({ key, sha256 }) => key === keyOf(sha256), { error: 'the key is not the one of this hash' });

export type ArchiveReference = z.infer<typeof archiveReferenceSchema>;

/** Keeps a site's files as an archive. Its key is its content, so to repeat it changes nothing. */
export async function storeArchive(
  archives: Bucket,
  site: string,
  files: readonly SiteFile[],
): Promise<ArchiveReference> {
  const body = packSite(site, files);
  const hash = sha256(body);
  await archives.write(keyOf(hash), { body, contentType: 'application/gzip' });
  return { bucket: archives.name, key: keyOf(hash), sha256: hash, bytes: body.length };
}

/** The archive that `reference` names, or a failure if it is not byte for byte the one it was. */
export async function loadArchive(archives: Bucket, reference: ArchiveReference): Promise<SiteArchive> {
  // A job's input names the bucket, the deployment decides which one is read.
  if (reference.bucket !== archives.name) {
    throw new ActionFailure('Fatal', `archives are kept in ${archives.name}, not in ${reference.bucket}`);
  }
  const stored = await archives.read(reference.key);
  if (stored === undefined) throw new ActionFailure('Fatal', `there is no archive ${reference.key}`);
  const found = sha256(stored.body);
  if (found !== reference.sha256) {
    throw new ActionFailure('Fatal', `the archive ${reference.key} has the hash ${found}`);
  }
  return unpackSite(stored.body);
}

function keyOf(hash: string): string {
  return `archives/${hash}.tar.gz`;
}
