import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../local/paths.ts';
import { withBenchStack } from './bench-stack.ts';
import { billSection } from './bill-section.ts';
import { measureBundles } from './bundles.ts';
import { bundlesSection } from './bundles-section.ts';
import { invocationsSince } from './invocations.ts';
import { measureLatency } from './latency-section.ts';
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

process.exitCode = await main();

/** `npm run bench`: measures the targets of the design on a stack of its own. Fails only if something did not run. */
async function main(): Promise<number> {
  const at = new Date().toISOString();
  const before = load();
  const sections: Section[] = [];
  const failures: Failure[] = [];

  /** What does not run is told, and the rest is measured all the same. */
  const section = async (title: string, measure: () => Promise<readonly Section[]>) => {
    const startedAt = performance.now();
    try {
      sections.push(...(await measure()));
      console.log(`✔ ${title} [${Math.round((performance.now() - startedAt) / 1_000)}s]`);
    } catch (error) {
      failures.push({ title, reason: reasonOf(error) });
      console.log(`✖ ${title}`);
    }
  };

  try {
    await withBenchStack(
      async (bench) => {
        await section('State transitions', async () => [await measureTransitions(bench)]);
        await section('Latency', async () => [await measureLatency(bench)]);
        await section('Write units and bill', async () => {
          const usages = await measureUsage(bench);
          const sweeper = bench.functions.filter(({ name }) => name === SWEEP);
          const sweeps = await invocationsSince(bench.stack, sweeper, 0);
          return [writeUnitsSection(usages), billSection(usages, sweeps)];
        });
      },
      async ({ assemblyDir, functions }) => {
        await section('Bundles', async () => [bundlesSection(await measureBundles(assemblyDir, functions))]);
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
  await writeFile(REPORT_FILE, reportJson(report));
  console.log(`\n${reportText(report)}\n\nAlso in ${REPORT_FILE}`);
  return failures.length === 0 ? 0 : 1;
}

function load(): number {
  return loadavg()[0] ?? 0;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, REASON_CHARACTERS);
}
