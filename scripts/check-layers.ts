import { execFileSync } from 'node:child_process';
import * as z from 'zod';

/** Folders that must obey the layers of .dependency-cruiser.cjs. */
const FOLDERS = ['core', 'functions', 'infra', 'cli', 'local', 'examples', 'test', 'scripts'] as const;

const reportSchema = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

const { modules, summary } = reportSchema.parse(JSON.parse(report()));
const violations = summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} imports ${to}`);
// A folder of which no module was looked at has not been checked, whatever the exit code says.
const unseen = FOLDERS.filter((folder) => !modules.some(({ source }) => source.startsWith(`${folder}/`)));
const problems = [...violations, ...unseen.map((folder) => `no module of ${folder}/ was looked at`)];
for (const problem of problems) console.error(problem);
console.log(`layers: ${modules.length} modules, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function report(): string {
  const config = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', '--no-progress'];
  try {
    return execFileSync('node_modules/.bin/depcruise', [...config, ...FOLDERS], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
  } catch (error) {
    // Violations end it with an error and the report all the same.
    return z.object({ stdout: z.string().min(1) }).parse(error).stdout;
  }
}
