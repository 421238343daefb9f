import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { LOCAL_REGION } from '../../local/connection.ts';
import { type ControlFunction, DESCRIPTION } from './control-functions.ts';
import { type Spread, spreadOf } from './spread.ts';

const run = promisify(execFile);

const IMPORTS = 5;
const TEMPLATE = 'Jobplane.template.json';

/** One function's bundle, as it was deployed. */
export interface MeasuredBundle {
  readonly name: string;
  readonly bytes: number;
  readonly importMs: Spread;
}

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.object({ Description: z.unknown().optional() }).optional(),
      Metadata: z.looseObject({ 'aws:asset:path': z.string().optional() }).optional(),
    }),
  ),
});

/** Times the import alone, in a process that has imported nothing else. */
const TIMED_IMPORT =
  'const t=performance.now();await import(process.argv[1]);process.stdout.write(String(performance.now()-t),()=>process.exit(0));';

/** Every bundle of the control plane in a cloud assembly, imported in fresh processes with its own environment. */
export async function measureBundles(
  assemblyDir: string,
  functions: readonly ControlFunction[],
): Promise<readonly MeasuredBundle[]> {
  const folders = await bundleFolders(assemblyDir);
  const measured: MeasuredBundle[] = [];
  for (const { name, environment } of functions) {
    const folder = folders.get(name);
    if (folder === undefined) throw new Error(`the assembly has no bundle of ${name}`);
    const file = join(folder, 'index.mjs');
    const took: number[] = [];
    for (let time = 0; time < IMPORTS; time += 1) took.push(await timeImport(file, environment));
    measured.push({ name, bytes: (await stat(file)).size, importMs: spreadOf(took) });
  }
  return measured;
}

async function bundleFolders(assemblyDir: string): Promise<ReadonlyMap<string, string>> {
  const { Resources } = templateSchema.parse(JSON.parse(await readFile(join(assemblyDir, TEMPLATE), 'utf8')));
  const folders = new Map<string, string>();
  for (const { Type, Properties, Metadata } of Object.values(Resources)) {
    const description = Properties?.Description;
    const asset = Metadata?.['aws:asset:path'];
    if (Type !== 'AWS::Lambda::Function' || asset === undefined) continue;
    if (typeof description !== 'string' || !description.startsWith(DESCRIPTION)) continue;
    folders.set(description.slice(DESCRIPTION.length), join(assemblyDir, asset));
  }
  return folders;
}

async function timeImport(file: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '--eval', TIMED_IMPORT, pathToFileURL(file).href],
    { env: { ...environment, AWS_REGION: LOCAL_REGION } },
  );
  return z.coerce.number().positive().parse(stdout);
}
