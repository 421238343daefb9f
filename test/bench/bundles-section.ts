import type { MeasuredBundle } from './bundles.ts';
import type { Section } from './report.ts';

/** As bundlers print them. */
const BYTES_PER_KB = 1_000;

const TARGET_KB = 350;
const TARGET_IMPORT_MS = 80;

/** Size and cold import of every function's bundle, the largest first. */
export function bundlesSection(bundles: readonly MeasuredBundle[]): Section {
  const bySize = [...bundles].sort((one, other) => other.bytes - one.bytes);
  return {
    title: 'Lambda bundles',
    figures: bySize.flatMap(({ name, bytes, importMs }) => [
      { name: `${name}, bundle`, value: bytes / BYTES_PER_KB, unit: 'KB', target: TARGET_KB },
      {
        name: `${name}, cold import`,
        value: importMs.median,
        unit: 'ms',
        target: TARGET_IMPORT_MS,
        spread: importMs,
      },
    ]),
    notes: [
      'The bundles are those of the cloud assembly that was deployed. 1 KB = 1,000 bytes, minified, not compressed.',
      "An import is timed in a fresh process with the function's own environment, files in the page cache, the stack stopped. It is this machine's processor and Node; a cold start on AWS also fetches and unpacks the code.",
    ],
  };
}
