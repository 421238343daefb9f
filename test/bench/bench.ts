import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../local/paths.ts';
import { type Bench, withBenchStack } from './bench-stack.ts';
import { billSection } from './bill-section.ts';
import { measureBundles } from './bundles.ts';
import { bundlesSection } from './bundles-section.ts';
import { measureChildren } from './children-section.ts';
import { measureGrants } from './grants-section.ts';
import { measureWaiting } from './hand-off-section.ts';
import { invocationsSince } from './invocations.ts';
import { measureLatency } from './latency-section.ts';
import { measureRecovery } from './recovery-section.ts';
import { type Failure, type Report, reportJson, reportText, type Section } from './report.ts';
import { measureTransitions } from './transitions-section.ts';
import { measureUsage, SWEEP } from './usage.ts';
import { writeUnitsSection } from './write-units-section.ts';

// AWS's clients announce on Node 20 what their versions of 2027 will need; the ones used here are pinned.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const COMMAND = 'npm run bench';
const REPORT_FILE = join(REPOSITORY, 'bench.json');

/** Enough to know what went wrong, where a schema would list every item that it did not expect. */
const REASON_CHARACTERS = 600;

/** What is measured on the running stack, in this order: the last one leaves the functions behind a meter. */
const MEASURED: Readonly<Record<string, (bench: Bench) => Promise<readonly Section[]>>> = {
  transitions: async (bench) => [await measureTransitions(bench)],
  children: async (bench) => [await measureChildren(bench)],
  recovery: async (bench) => [await measureRecovery(bench)],
  latency: async (bench) => [await measureLatency(bench)],
  waiting: measureWaiting,
  grants: async (bench) => [await measureGrants(bench)],
  usage: measureBill,
};

/** What is measured of the deployed files, once the stack is down. */
const BUNDLES = 'bundles';

process.exitCode = await main(process.argv.slice(2));

/**
 * `npm run bench`: measures the targets of the design on a stack of its own. Fails only if something did
 * not run. `npm run bench -- waiting grants` measures only those, and leaves bench.json as it is.
 */
async function main(only: readonly string[]): Promise<number> {
  const names = [...Object.keys(MEASURED), BUNDLES];
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`there is no ${unknown.join(', ')}; there are ${names.join(', ')}`);
    return 1;
  }
  const at = new Date().toISOString();
  const before = load();
  const sections: Section[] = [];
  const failures: Failure[] = [];

  /** What does not run is told, and the rest is measured all the same. */
  const section = async (name: string, measure: () => Promise<readonly Section[]>) => {
    if (only.length > 0 && !only.includes(name)) return;
    const startedAt = performance.now();
    try {
      sections.push(...(await measure()));
      console.log(`✔ ${name} [${Math.round((performance.now() - startedAt) / 1_000)}s]`);
    } catch (error) {
      failures.push({ title: name, reason: reasonOf(error) });
      console.log(`✖ ${name}`);
    }
  };

  try {
    await withBenchStack(
      async (bench) => {
        for (const [name, measure] of Object.entries(MEASURED)) await section(name, () => measure(bench));
      },
      async ({ assemblyDir, functions }) => {
        await section(BUNDLES, async () => [bundlesSection(await measureBundles(assemblyDir, functions))]);
      },
    );
  } catch (error) {
    failures.push({ title: 'The stack', reason: reasonOf(error) });
  }

  const report: Report = {
    at,
    command: COMMAND,
    machine: {
      node: process.version,
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      load: { before, after: load() },
    },
    sections,
    failures,
  };
  console.log(`\n${reportText(report)}`);
  if (only.length === 0) {
    await writeFile(REPORT_FILE, reportJson(report));
    console.log(`\nAlso in ${REPORT_FILE}`);
  }
  return failures.length === 0 ? 0 : 1;
}

async function measureBill(bench: Bench): Promise<readonly Section[]> {
  const usages = await measureUsage(bench);
  const sweeper = bench.functions.filter(({ name }) => name === SWEEP);
  const sweeps = await invocationsSince(bench.stack, sweeper, 0);
  return [writeUnitsSection(usages), billSection(usages, sweeps)];
}

function load(): number {
  return loadavg()[0] ?? 0;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, REASON_CHARACTERS);
}
