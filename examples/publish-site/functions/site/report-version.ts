import * as z from 'zod';
import { countPages } from '../archive/count-pages.ts';
import type { ActionEvent } from '../runtime/action-event.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { type Pointer, readPointer } from './pointer.ts';
import { type Report, reportMarkdown } from './report-markdown.ts';
import { siteKeys } from './site-keys.ts';
import { siteNameSchema } from './site-names.ts';
import { readVersionRecord } from './version-record.ts';

export const reportInputSchema = z.strictObject({ site: siteNameSchema });

export interface Reported extends Omit<Report, 'files'> {
  readonly report: { readonly bucket: string; readonly markdown: string; readonly json: string };
}

/**
 * Writes down what became of the site. It looks at the site and not at the results of other ops:
 * it also runs when they failed, and then there are none.
 */
export async function reportVersion(
  { sites }: { readonly sites: Bucket },
  event: ActionEvent<z.infer<typeof reportInputSchema>>,
): Promise<Reported> {
  const { jobId, project, attempt } = event;
  const { site } = event.input;
  const pointer = (await readPointer(sites, site))?.pointer;
  const version = pointer?.version ?? null;
  const record = version === null ? undefined : await readVersionRecord(sites, site, version);
  const files = record?.manifest.files ?? [];
  const summary: Omit<Report, 'files'> = {
    site,
    jobId,
    project,
    attempt,
    outcome: outcomeOf(pointer, jobId),
    version,
    previous: pointer?.previous ?? null,
    pages: countPages(files),
    bytes: files.reduce((total, file) => total + file.bytes, 0),
    archive: record?.archive ?? null,
  };
  const keys = siteKeys(site);
  const markdown = keys.report(jobId, attempt, 'md');
  const json = keys.report(jobId, attempt, 'json');
  await sites.write(markdown, {
    body: Buffer.from(reportMarkdown({ ...summary, files })),
    contentType: 'text/markdown; charset=utf-8',
  });
  await sites.write(json, {
    body: Buffer.from(`${JSON.stringify({ ...summary, files }, null, 2)}\n`),
    contentType: 'application/json',
  });
  return { ...summary, report: { bucket: sites.name, markdown, json } };
}

function outcomeOf(pointer: Pointer | undefined, jobId: string): Report['outcome'] {
  if (pointer?.writer.jobId !== jobId) return 'unchanged';
  return pointer.writer.action === 'publish' ? 'published' : 'restored';
}
