import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** Where the bundles of one synthesis go, below the folder the CDK command runs in. */
const BUNDLES_FOLDER = 'dist/functions';

/** Longer than any synthesis: nobody reads bundles as old as this any more. */
const UNUSED_MS = 60 * 60 * 1000;

/**
 * Bundles Lambda entries in one esbuild run, each into a folder of its own that
 * `lambda.Code.fromAsset` takes, and returns where each entry's folder is.
 *
 * @param group names the set of entries
 * @param entries entry files by function name, e.g. `submit-job` → `/…/submit-job.lambda.ts`
 */
export function bundleFunctions<Name extends string>(
  group: string,
  entries: ReadonlyMap<Name, string>,
): (name: Name) => string {
  // A folder for each process: two that synthesise at the same time do not empty each other's.
  const all = bundlesOf(group);
  forgetUnused(all);
  const folder = join(all, String(process.pid));
  bundleInto(folder, entries);
  return (name) => join(folder, name);
}

/** The folder with a folder for each set of a group's bundles. */
export function bundlesOf(group: string): string {
  const folder = join(process.cwd(), BUNDLES_FOLDER, group);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes the sets that processes of the past have left. */
export function forgetUnused(folder: string): void {
  for (const name of readdirSync(folder)) {
    const set = join(folder, name);
    const lastUsed = statSync(set, { throwIfNoEntry: false })?.mtimeMs;
    if (lastUsed !== undefined && lastUsed < Date.now() - UNUSED_MS) {
      rmSync(set, { recursive: true, force: true });
    }
  }
}

/**
 * The same into a folder that the caller names. Returns the files that the bundles were made from.
 *
 * One run for all entries because CDK's NodejsFunction starts one process for each, which costs
 * half a second a function at every synthesis.
 */
export function bundleInto(folder: string, entries: ReadonlyMap<string, string>): readonly string[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = buildSync({
    entryPoints: Object.fromEntries([...entries].map(([name, file]) => [`${name}/index`, file])),
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: false,
    legalComments: 'none',
    alias: { '@aws-sdk/credential-provider-node': CREDENTIALS },
    banner: { js: REQUIRE_FOR_COMMONJS },
    metafile: true,
  });
  return Object.keys(metafile.inputs);
}

/**
 * Lambda gives a function its role's credentials in the environment. The SDK's default chain would
 * bundle 80 KB of ways to sign in that a function never takes.
 */
const CREDENTIALS = fileURLToPath(new URL('../../functions/runtime/role-credentials.ts', import.meta.url));

/** Dependencies published as CommonJS call `require`, which an ES module does not have. */
const REQUIRE_FOR_COMMONJS =
  "import{createRequire as jobplaneCreateRequire}from'node:module';const require=jobplaneCreateRequire(import.meta.url);";
