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
 * One run for all entries because CDK's NodejsFunction starts one process for each, which costs
 * half a second a function at every synthesis.
 *
 * @param group names the set of entries; its earlier bundles are removed first
 * @param entries entry files by function name, e.g. `submit-job` → `/…/submit-job.lambda.ts`
 */
export function bundleFunctions<Name extends string>(
  group: string,
  entries: ReadonlyMap<Name, string>,
): (name: Name) => string {
  // A folder for each process: two that synthesise at the same time do not empty each other's.
  const outFolder = join(process.cwd(), BUNDLES_FOLDER, group, String(process.pid));
  rmSync(outFolder, { recursive: true, force: true });
  mkdirSync(outFolder, { recursive: true });
  const entryPoints = Object.fromEntries([...entries].map(([name, file]) => [`${name}/index`, file]));
  buildSync({
    entryPoints,
    outdir: outFolder,
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
  return (name) => join(outFolder, name);
}

/**
 * Lambda gives a function its role's credentials in the environment. The SDK's default chain would
 * bundle 80 KB of ways to sign in that a function never takes.
 */
const CREDENTIALS = fileURLToPath(new URL('../../functions/runtime/role-credentials.ts', import.meta.url));

/** Dependencies published as CommonJS call `require`, which an ES module does not have. */
const REQUIRE_FOR_COMMONJS =
  "import{createRequire as jobplaneCreateRequire}from'node:module';const require=jobplaneCreateRequire(import.meta.url);";
