import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { controlPlaneBundles } from '../../infra/bundling/control-plane-bundles.ts';

const before = process.cwd();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  process.chdir(folder);
  write('said.ts', 'export const said = "one";');
  write('say.lambda.ts', 'import { said } from "./said.ts"; export const handler = () => said;');
  write('ask.lambda.ts', 'export const handler = () => "asked";');
});

afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function bundlesOf(...names: string[]): (name: string) => string {
  return controlPlaneBundles(new Map(names.map((name) => [name, join(folder, `${name}.lambda.ts`)])));
}

/** What the bundle of a function says, whatever esbuild has made of the rest. */
function saidIn(bundle: string): string | undefined {
  return /"(one|two|asked)"/.exec(readFileSync(join(bundle, 'index.mjs'), 'utf8'))?.[1];
}

const sets = () => readdirSync(join(folder, 'dist/functions/control-plane'));

describe('the bundles of the control plane', () => {
  test('are made once as long as nothing that is in them changes', () => {
    const first = bundlesOf('say', 'ask')('say');
    write('README.md', 'is in no bundle');
    expect(bundlesOf('say', 'ask')('say')).toBe(first);
    expect(saidIn(first)).toBe('one');
    expect(sets()).toHaveLength(1);
  });

  test('are made anew once a file that is in them has changed', () => {
    const first = bundlesOf('say')('say');
    write('said.ts', 'export const said = "two";');
    const second = bundlesOf('say')('say');
    expect(saidIn(second)).toBe('two');
    // Whoever synthesises at this moment still has the first.
    expect(saidIn(first)).toBe('one');
  });

  test('are those of the functions that are asked for', () => {
    bundlesOf('say');
    expect(saidIn(bundlesOf('say', 'ask')('ask'))).toBe('asked');
  });

  test('that were not finished are not used', () => {
    const first = bundlesOf('say')('say');
    rmSync(join(first, '../sources.json'));
    writeFileSync(join(first, 'index.mjs'), 'export const handler = "half');
    expect(saidIn(bundlesOf('say')('say'))).toBe('one');
  });

  test('that nobody has used for an hour are removed when others are made', () => {
    const first = bundlesOf('say')('say');
    const abandoned = join(folder, 'dist/functions/control-plane', 'unfinished-1');
    mkdirSync(abandoned);
    const longAgo = new Date(Date.now() - 61 * 60 * 1000);
    for (const set of [join(first, '..'), abandoned]) utimesSync(set, longAgo, longAgo);
    const second = bundlesOf('ask')('ask');
    expect(existsSync(second)).toBe(true);
    expect(sets()).toHaveLength(1);
  });
});
