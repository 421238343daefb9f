import * as z from 'zod';
import { countPages } from '../archive/count-pages.ts';
import type { ActionEvent } from '../runtime/action-event.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { type Pointer, readPointer } from './pointer.ts';
import { type Report, reportMarkdown, type TargetReport } from './report-markdown.ts';
import { siteNameSchema, targetSchema } from './site-names.ts';
import { readVersionRecord, type VersionRecord } from './version-record.ts';

export const reportInputSchema = z.strictObject({
  site: siteNameSchema,
  targets: z.array(targetSchema).min(1),
});

export interface Reported extends Omit<Report, 'versions'> {
  readonly report: { readonly bucket: string; readonly markdown: string; readonly json: string };
}

/**
 * Writes down what became of all targets of a site. It looks at them and not at the results of other ops:
 * it also runs when those failed, and then there are none.
 */
export async function reportRelease(
  { sites }: { readonly sites: Bucket },
  event: ActionEvent<z.infer<typeof reportInputSchema>>,
): Promise<Reported> {
  const { jobId, project, attempt } = event;
  const { site } = event.input;
  const looks = await Promise.all(event.input.targets.map((target) => lookAt(sites, target, jobId)));
  const targets = looks.map(({ report }) => report);
  const versions = new Map(
    looks.flatMap(({ record }) => (record === undefined ? [] : [[record.version, record]])),
  );
  const summary = { site, jobId, project, attempt, targets };
  const report: Report = { ...summary, versions: [...versions.values()] };
  const markdown = `${site}/reports/${jobId}-${attempt}.md`;
  const json = `${site}/reports/${jobId}-${attempt}.json`;
  await sites.write(markdown, {
    body: Buffer.from(reportMarkdown(report)),
    contentType: 'text/markdown; charset=utf-8',
  });
  await sites.write(json, {
    body: Buffer.from(`${JSON.stringify(report, null, 2)}\n`),
    contentType: 'application/json',
  });
  return { ...summary, report: { bucket: sites.name, markdown, json } };
}

async function lookAt(
  sites: Bucket,
  target: string,
  jobId: string,
): Promise<{ readonly report: TargetReport; readonly record: VersionRecord | undefined }> {
  const pointer = (await readPointer(sites, target))?.pointer;
  const version = pointer?.version ?? null;
  const record = version === null ? undefined : await readVersionRecord(sites, target, version);
  const report = {
    target,
    outcome: outcomeOf(pointer, jobId),
    version,
    previous: pointer?.previous ?? null,
    pages: countPages(record?.manifest.files ?? []),
  };
  return { report, record };
}

function outcomeOf(pointer: Pointer | undefined, jobId: string): TargetReport['outcome'] {
  if (pointer?.writer.release !== jobId) return 'unchanged';
  return pointer.writer.action === 'publish' ? 'published' : 'restored';
}
