import type { ArchiveReference } from '../archive/archive-reference.ts';
import type { Manifest } from '../archive/site-archive.ts';

/** What became of a site in one attempt of a job. */
export interface Report {
  readonly site: string;
  readonly jobId: string;
  readonly project: string;
  readonly attempt: number;
  /** `restored`: the job published and went back; `unchanged`: another job switched the site last, or none. */
  readonly outcome: 'published' | 'restored' | 'unchanged';
  readonly version: string | null;
  /** The version before that one. */
  readonly previous: string | null;
  readonly pages: number;
  readonly bytes: number;
  readonly archive: ArchiveReference | null;
  readonly files: Manifest['files'];
}

const SENTENCES = {
  published: 'has published the site.',
  restored: 'has published the site and then gone back.',
  unchanged: 'has not changed the site.',
} as const satisfies Record<Report['outcome'], string>;

/** A report as a page for people. */
export function reportMarkdown(report: Report): string {
  const { site, jobId, project, attempt, outcome, version, previous, pages, bytes, archive, files } = report;
  return [
    `# Site ${site}`,
    '',
    `Attempt ${attempt} of job \`${jobId}\` (project \`${project}\`) ${SENTENCES[outcome]}`,
    '',
    '| | |',
    '|-|-|',
    `| Version | ${version === null ? 'none' : `\`${version}\``} |`,
    `| Before | ${previous === null ? 'none' : `\`${previous}\``} |`,
    `| Pages | ${pages} |`,
    `| Bytes | ${bytes} |`,
    ...(archive === null
      ? []
      : [`| Archive | \`${archive.key}\`, ${archive.bytes} bytes |`, `| SHA-256 | \`${archive.sha256}\` |`]),
    '',
    ...(files.length === 0 ? [] : ['| File | Bytes | SHA-256 |', '|-|-|-|']),
    ...files.map((file) => `| ${file.path} | ${file.bytes} | \`${file.sha256}\` |`),
    '',
  ].join('\n');
}
