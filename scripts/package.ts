import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { bundleInto } from '../infra/bundling/bundle-functions.ts';
import { controlPlaneEntries } from '../infra/constructs/control-functions.ts';

/**
 * `npm run package [-- folder]`: the package that other CDK apps install, as jobplane-<version>.tgz in `dist`
 * or in the folder. It brings the construct as ES modules with their types, the state machines, and every
 * Lambda function and the command line bundled, so that nothing of this repository's tools is needed.
 */
const [DIST = 'dist'] = process.argv.slice(2);
const PACKAGE = join(DIST, 'package');
const LIB = join(PACKAGE, 'lib');

const manifest = z
  .object({
    version: z.string(),
    description: z.string(),
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

rmSync(PACKAGE, { recursive: true, force: true });
mkdirSync(PACKAGE, { recursive: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.package.json', '--outDir', LIB, '--noCheck'], {
  stdio: 'inherit',
});
cpSync('statemachines', join(LIB, 'statemachines'), { recursive: true });
bundleInto(join(LIB, 'bundles'), controlPlaneEntries());
execFileSync(process.execPath, ['scripts/bundle-cli.mjs', join(PACKAGE, 'bin', 'jobplane.mjs')], {
  stdio: 'inherit',
});
for (const file of ['README.md', 'NOTICE']) cpSync(file, join(PACKAGE, file));
cpSync('docs', join(PACKAGE, 'docs'), { recursive: true });
writeFileSync(join(PACKAGE, 'package.json'), `${JSON.stringify(packageManifest(), null, 2)}\n`);
const packed = execFileSync('npm', ['pack', resolve(PACKAGE), '--pack-destination', DIST, '--silent'], {
  encoding: 'utf8',
});
console.log(join(DIST, packed.trim()));

/** zod is of the types and of the catalogue; the CDK is the installing app's own, in the version it has or a later one. */
function packageManifest() {
  const { version, description, dependencies, devDependencies } = manifest;
  return {
    name: 'jobplane',
    version,
    description,
    license: 'UNLICENSED',
    type: 'module',
    engines: { node: '>=20.19' },
    bin: { jobplane: './bin/jobplane.mjs' },
    exports: { '.': { types: './lib/infra/index.d.ts', default: './lib/infra/index.js' } },
    imports: { '#control-plane-bundles': './lib/infra/bundling/packed-bundles.js' },
    dependencies: { zod: versionIn(dependencies, 'zod') },
    peerDependencies: {
      'aws-cdk-lib': `^${versionIn(devDependencies, 'aws-cdk-lib')}`,
      constructs: `^${versionIn(devDependencies, 'constructs')}`,
    },
  };
}

function versionIn(dependencies: Readonly<Record<string, string>>, name: string): string {
  const version = dependencies[name];
  if (version === undefined) throw new Error(`package.json names no version of ${name}`);
  return version;
}
