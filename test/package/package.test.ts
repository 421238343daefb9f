import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { controlPlaneEntries } from '../../infra/constructs/control-functions.ts';

/** Packing, installing and synthesising are processes of their own that load the compiler and the CDK. */
const SLOW_MS = 240_000;

/** What the installing app has already: linked from here, since unpacking it again takes longer than the test. */
const PEERS = ['aws-cdk-lib', 'constructs'] as const;

/** Somebody's own CDK app: the package, the CDK, one file. */
const APP = `
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Action, Jobplane } from 'jobplane';

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Mine');
const build = new lambda.Function(stack, 'Build', {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline('exports.handler = async () => ({})'),
});
new Jobplane(stack, 'Jobs', { actions: { build: Action.lambda(build), rack: Action.external() } });
app.synth();
`;

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
  imports: z.record(z.string(), z.string()),
});

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.looseObject({ Code: z.looseObject({ S3Key: z.string().optional() }).optional() }).optional(),
});

const templateSchema = z.object({ Resources: z.record(z.string(), resourceSchema) });

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jobplane-package-'));
  const installed = join(folder, 'node_modules', 'jobplane');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(() => {
    const printed = run('node_modules/.bin/tsx', ['scripts/package.ts', join(folder, 'packed')]);
    const tarball = resolve(printed.trim().split('\n').at(-1) ?? '');
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'mine', type: 'module' }));
    writeFileSync(join(folder, 'app.js'), APP);
    const install = ['install', '--legacy-peer-deps', '--prefer-offline', '--no-audit', '--no-fund'];
    run('npm', [...install, '--loglevel=error', tarball], folder);
    for (const peer of PEERS) symlinkSync(resolve('node_modules', peer), join(folder, 'node_modules', peer));
  }, SLOW_MS);

  it(
    'is installed into an empty app, and synthesises with every function and both machines',
    () => {
      run('node', ['app.js'], folder);
      const template = join(folder, 'cdk.out', 'Mine.template.json');
      const { Resources } = templateSchema.parse(JSON.parse(readFileSync(template, 'utf8')));
      const ofType = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
      const bundles = ofType('AWS::Lambda::Function')
        .flatMap(({ Properties }) => Properties?.Code?.S3Key ?? [])
        .map((key) => join(folder, 'cdk.out', `asset.${key.replace(/\.zip$/, '')}`, 'index.mjs'));
      expect(bundles).toHaveLength(controlPlaneEntries().size);
      expect(bundles.filter((bundle) => !existsSync(bundle))).toEqual([]);
      expect(ofType('AWS::StepFunctions::StateMachine')).toHaveLength(2);
    },
    SLOW_MS,
  );

  it('imports, in code and in types, only what it brings or asks for', () => {
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')));
    const declared = [manifest.dependencies, manifest.peerDependencies, manifest.imports].flatMap(
      Object.keys,
    );
    const files = filesBelow(join(installed, 'lib')).filter((file) => /\.(js|d\.ts)$/.test(file));
    const imports = files.flatMap((file) => importsOf(file).map((name) => ({ file, name })));
    expect(imports.length).toBeGreaterThan(files.length);
    const lost = imports.filter(({ file, name }) =>
      name.startsWith('.')
        ? !existsSync(join(dirname(file), file.endsWith('.js') ? name : name.replace(/\.ts$/, '.d.ts')))
        : !name.startsWith('node:') && !declared.some((one) => name === one || name.startsWith(`${one}/`)),
    );
    expect(lost).toEqual([]);
  });

  it('brings none of the tools and sources of this repository', () => {
    for (const tool of ['esbuild', 'typescript', '@aws-sdk', '@middy']) {
      expect(existsSync(join(folder, 'node_modules', tool)), tool).toBe(false);
    }
    expect(filesBelow(installed).filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });
});

/** What it printed; an error shows all of it. */
function run(command: string, args: readonly string[], cwd = '.'): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.split('/').includes('node_modules'))
    .map((file) => join(folder, file))
    .filter((file) => statSync(file).isFile());
}

function importsOf(file: string): readonly string[] {
  const statements = /(?:\bfrom |^import )['"]([^'"]+)['"];$/gm;
  return [...readFileSync(file, 'utf8').matchAll(statements)].flatMap(([, name]) => name ?? []);
}
