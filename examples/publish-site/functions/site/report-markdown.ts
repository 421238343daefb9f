import type { VersionRecord } from './version-record.ts';

/** What became of a site in one attempt of a job. */
export interface Report {
  readonly site: string;
  readonly jobId: string;
  readonly project: string;
  readonly attempt: number;
  readonly targets: readonly TargetReport[];
  /** What the targets show now. */
  readonly versions: readonly VersionRecord[];
}

export interface TargetReport {
  readonly target: string;
  /** `restored`: the job published and went back; `unchanged`: another job switched it last, or none. */
  readonly outcome: 'published' | 'restored' | 'unchanged';
  readonly version: string | null;
  /** The version before that one. */
  readonly previous: string | null;
  readonly pages: number;
}

/** A report as a page for people. */
export function reportMarkdown({ site, jobId, project, attempt, targets, versions }: Report): string {
  return [
    `# Site ${site}`,
    '',
    `What attempt ${attempt} of job \`${jobId}\` (project \`${project}\`) has done, and what is there now:`,
    '',
    '| Target | Outcome | Version | Before | Pages |',
    '|-|-|-|-|-|',
    ...targets.map(
      ({ target, outcome, version, previous, pages }) =>
        `| ${target} | ${outcome} | ${codeOrNone(version)} | ${codeOrNone(previous)} | ${pages} |`,
    ),
    '',
    ...versions.flatMap(versionMarkdown),
  ].join('\n');
}

function versionMarkdown({ version, archive, manifest }: VersionRecord): readonly string[] {
  return [
    `## Version \`${version}\``,
    '',
    `From \`${archive.key}\`, ${archive.bytes} bytes, SHA-256 \`${archive.sha256}\`:`,
    '',
    '| File | Bytes | SHA-256 |',
    '|-|-|-|',
    ...manifest.files.map((file) => `| ${file.path} | ${file.bytes} | \`${file.sha256}\` |`),
    '',
  ];
}

function codeOrNone(version: string | null): string {
  return version === null ? 'none' : `\`${version}\``;
}
