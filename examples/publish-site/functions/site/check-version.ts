import * as z from 'zod';
import { archiveReferenceSchema, loadArchive } from '../archive/archive-reference.ts';
import type { ActionEvent } from '../runtime/action-event.ts';
import { ActionFailure } from '../runtime/action-failure.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { eachLimited } from '../runtime/each-limited.ts';
import { sha256 } from '../runtime/sha256.ts';
import { readPointer } from './pointer.ts';
import { sitePathSchema, targetSchema, versionSchema } from './site-names.ts';
import { targetKeys } from './target-keys.ts';

export const checkInputSchema = z.strictObject({
  target: targetSchema,
  archive: archiveReferenceSchema,
  version: versionSchema,
  /** Pages that the site must have, whatever was built. */
  requiredPages: z.array(sitePathSchema).default([]),
});

export interface Checked {
  readonly checked: number;
  readonly bytes: number;
}

const PARALLEL_READS = 16;
const PROBLEMS_IN_MESSAGE = 10;

/** Reads a target back as its readers would, and fails if it is not what was built. */
export async function checkVersion(
  { archives, sites }: { readonly archives: Bucket; readonly sites: Bucket },
  { input }: ActionEvent<z.infer<typeof checkInputSchema>>,
): Promise<Checked> {
  const { target, archive: reference, version, requiredPages } = input;
  const keys = targetKeys(target);
  const { manifest } = await loadArchive(archives, reference);
  const problems: string[] = [];

  const published = (await readPointer(sites, target))?.pointer.version ?? null;
  if (published !== version) problems.push(`${target} shows version ${published}, not ${version}`);

  const paths = new Set(manifest.files.map((file) => file.path));
  for (const path of requiredPages) {
    if (!paths.has(path)) problems.push(`there is no ${path}, which the job requires`);
  }

  await eachLimited(manifest.files, PARALLEL_READS, async ({ path, sha256: expected }) => {
    const stored = await sites.read(keys.page(version, path));
    if (stored === undefined) problems.push(`${path} is missing`);
    else if (sha256(stored.body) !== expected) problems.push(`${path} is not the one that was built`);
  });

  if (problems.length > 0) throw new ActionFailure('CheckFailed', messageOf(problems));
  return { checked: paths.size, bytes: manifest.files.reduce((total, file) => total + file.bytes, 0) };
}

function messageOf(problems: readonly string[]): string {
  const shown = problems.slice(0, PROBLEMS_IN_MESSAGE);
  const rest = problems.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
