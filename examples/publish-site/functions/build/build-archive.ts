import { join } from 'node:path';
import * as z from 'zod';
import { type ArchiveReference, storeArchive } from '../archive/archive-reference.ts';
import { countPages } from '../archive/count-pages.ts';
import type { ActionEvent } from '../runtime/action-event.ts';
import { ActionFailure } from '../runtime/action-failure.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { siteNameSchema } from '../site/site-names.ts';
import { readSourceFiles } from './read-source-files.ts';
import { renderSite } from './render-site.ts';

export const buildInputSchema = z.strictObject({ site: siteNameSchema });

export interface Built {
  /** Names what the job publishes, to whatever target: the job itself. */
  readonly release: string;
  readonly archive: ArchiveReference;
  readonly pages: number;
  /** Jobplane lists jobs by what they are about. */
  readonly natures: readonly string[];
  readonly warnings?: readonly string[];
}

/** Builds a site from its folder of pages and keeps it as an archive. */
export async function buildArchive(
  { archives, pagesFolder }: { readonly archives: Bucket; readonly pagesFolder: string },
  { jobId, input: { site } }: ActionEvent<z.infer<typeof buildInputSchema>>,
): Promise<Built> {
  const sources = await readSourceFiles(join(pagesFolder, site));
  if (sources.length === 0) {
    throw new ActionFailure(
      'PreconditionFailed',
      `no pages of the site ${site} are packaged with this function`,
    );
  }
  const { files, warnings } = renderSite(sources);
  const archive = await storeArchive(archives, site, files);
  return {
    release: jobId,
    archive,
    pages: countPages(files),
    natures: ['site'],
    ...(warnings.length > 0 && { warnings }),
  };
}
