import { gunzipSync, gzipSync, constants as zlib } from 'node:zlib';
import * as z from 'zod';
import { ActionFailure } from '../runtime/action-failure.ts';
import { sha256 } from '../runtime/sha256.ts';
import { sha256Schema, siteNameSchema, sitePathSchema } from '../site/site-names.ts';
import { packTar, unpackTar } from './tar.ts';

/** A file of a finished site. */
export interface SiteFile {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** What a site consists of: travels in the archive beside the files. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  site: siteNameSchema,
  files: z.array(
    z.strictObject({
      path: sitePathSchema,
      contentType: z.string(),
      bytes: z.int().min(0),
      sha256: sha256Schema,
    }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

export interface SiteArchive {
  readonly manifest: Manifest;
  /** Named by content: the same pages are the same version, whoever compressed them. */
  readonly version: string;
  readonly files: readonly SiteFile[];
}

const MANIFEST_PATH = 'manifest.json';

/** The files are kept apart from the manifest, since a site may have a `manifest.json` of its own. */
const FILES_FOLDER = 'files/';

const VERSION_DIGITS = 16;

/** 64 MiB: both the archive and its files must fit into the memory of a function. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** Packs a site into one compressed archive. The same files give the same bytes. */
export function packSite(site: string, files: readonly SiteFile[]): Buffer {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest: Manifest = {
    format: 1,
    site,
    files: sorted.map(({ path, contentType, body }) => ({
      path,
      contentType,
      bytes: body.length,
      sha256: sha256(body),
    })),
  };
  const tar = packTar([
    { path: MANIFEST_PATH, body: Buffer.from(JSON.stringify(manifest)) },
    ...sorted.map(({ path, body }) => ({ path: FILES_FOLDER + path, body })),
  ]);
  if (tar.length > MAX_UNPACKED_BYTES) {
    throw new ActionFailure('PreconditionFailed', `the site is larger than ${MAX_UNPACKED_BYTES} bytes`);
  }
  return gzipSync(tar, { level: zlib.Z_BEST_COMPRESSION });
}

/** Reads an archive of {@link packSite}; every file it gives is the one its manifest names. */
export function unpackSite(archive: Buffer): SiteArchive {
  const entries = new Map(
    unpackTar(gunzipSync(archive, { maxOutputLength: MAX_UNPACKED_BYTES })).map(({ path, body }) => [
      path,
      body,
    ]),
  );
  const manifestBody = entries.get(MANIFEST_PATH);
  if (manifestBody === undefined) throw new ActionFailure('Fatal', 'the archive has no manifest');
  const manifest = manifestSchema.parse(JSON.parse(manifestBody.toString()));
  const files = manifest.files.map(({ path, contentType, sha256: expected }) => {
    const body = entries.get(FILES_FOLDER + path);
    if (body === undefined || sha256(body) !== expected) {
      throw new ActionFailure('Fatal', `the archive does not hold the ${path} that its manifest names`);
    }
    return { path, contentType, body };
  });
  return { manifest, version: sha256(manifestBody).slice(0, VERSION_DIGITS), files };
}
