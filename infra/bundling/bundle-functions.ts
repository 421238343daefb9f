import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** Where the bundles of one synthesis go, below the folder the CDK command runs in. */
const BUNDLES_FOLDER = 'dist/functions';

/**
 * Bundles Lambda entries in one esbuild run, each into a folder of its own that
 * `lambda.Code.fromAsset` takes, and returns where each entry's folder is.
 *
 * @param group names the set of entries; its earlier bundles are removed first
 * @param entries entry files by function name, e.g. `submit-job` → `/…/submit-job.lambda.ts`
 */
export function bundleFunctions<Name extends string>(
  group: string,
  entries: ReadonlyMap<Name, string>,
): (name: Name) => string {
  // A folder for each process: two that synthesise at the same time do not empty each other's.
  const folder = join(process.cwd(), BUNDLES_FOLDER, group, String(process.pid));
  bundleInto(folder, entries);
  return (name) => join(folder, name);
}

/**
 * The same into a folder that the caller names.
 *
 * One run for all entries because CDK's NodejsFunction starts one process for each, which costs
 * half a second a function at every synthesis.
 */
export function bundleInto(folder: string, entries: ReadonlyMap<string, string>): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  buildSync({
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
  });
}

/**
 * Lambda gives a function its role's credentials in the environment. The SDK's default chain would
 * bundle 80 KB of ways to sign in that a function never takes.
 */
const CREDENTIALS = fileURLToPath(new URL('../../functions/runtime/role-credentials.ts', import.meta.url));

/** Dependencies published as CommonJS call `require`, which an ES module does not have. */
const REQUIRE_FOR_COMMONJS =
  "import{createRequire as jobplaneCreateRequire}from'node:module';const require=jobplaneCreateRequire(import.meta.url);";
