import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { bundleInto, bundlesOf, forgetUnused } from './bundle-functions.ts';
import type { Bundles } from './bundles.ts';

/**
 * The functions of the control plane, bundled from the sources of this checkout: anew only if a file that is in
 * them has changed, since it takes two cores more than six seconds and every deployment and every test of one asks for it.
 *
 * Imported as `#control-plane-bundles`: the published package has them bundled already and maps the name to
 * packed-bundles.ts, so that whoever installs it needs neither esbuild nor the sources.
 */
export const controlPlaneBundles: Bundles = (entries) => {
  const folder = bundlesOf('control-plane');
  const current = readdirSync(folder)
    .map((name) => join(folder, name))
    .find((set) => isCurrent(set, entries));
  const set = current ?? bundleAnew(folder, entries);
  const now = new Date();
  utimesSync(set, now, now);
  return (name) => join(set, name);
};

/** Beside the bundles of a set: what they were made from. It is written last, so a set that has it is whole. */
const SOURCES = 'sources.json';

const sourcesSchema = z.object({
  /** Entry files by function name. */
  entries: z.record(z.string(), z.string()),
  /** Digests by file, of all that is in the bundles or decides how they are made. */
  digests: z.record(z.string(), z.string()),
});

const HOW_THEY_ARE_MADE = fileURLToPath(new URL('./bundle-functions.ts', import.meta.url));

function isCurrent(set: string, entries: ReadonlyMap<string, string>): boolean {
  const file = join(set, SOURCES);
  if (!existsSync(file)) return false;
  const made = sourcesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const isOfEntries = JSON.stringify(made.entries) === JSON.stringify(Object.fromEntries(entries));
  return isOfEntries && Object.entries(made.digests).every(([source, digest]) => digestOf(source) === digest);
}

function bundleAnew(folder: string, entries: ReadonlyMap<string, string>): string {
  forgetUnused(folder);
  // A folder of its own: another process may do the same at this moment.
  const set = join(folder, randomUUID());
  const files = [...bundleInto(set, entries), HOW_THEY_ARE_MADE];
  const sources: z.infer<typeof sourcesSchema> = {
    entries: Object.fromEntries(entries),
    digests: Object.fromEntries(files.map((source) => [source, digestOf(source) ?? 'gone meanwhile'])),
  };
  writeFileSync(join(set, SOURCES), JSON.stringify(sources));
  return set;
}

function digestOf(file: string): string | undefined {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : undefined;
}
