import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The SDK warns of an older Node.js in every process that loads it; Lambda runs Node.js 22.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** Two cores: more files at once make each slower, not the run faster. */
const WORKERS = 2;

/** Files that mostly wait, for a minute that comes or a sweep: four of them keep two cores busy. */
const E2E_WORKERS = 4;

/** One of them mostly waits, the others take what there is. */
const LAST_WORKERS = 3;

/** Kills or cuts off parts of the stack that all share, so none of the others runs beside it. */
const DISTURBING = 'test/e2e/disturbing.test.ts';

/** Packs, installs and synthesises, which takes as much of two cores as there is: while the other waits for sweeps. */
const PACKAGE = 'test/package/package.test.ts';

/** They take more than a minute whatever else runs: started last, all would wait for them. */
const START_FIRST = [
  DISTURBING,
  PACKAGE,
  'test/e2e/schedules.test.ts',
  'test/e2e/schemathesis.test.ts',
  'test/e2e/waiting.test.ts',
];

class OrderedFiles extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const startsFirst = ({ moduleId }: TestSpecification) =>
      START_FIRST.some((file) => moduleId.endsWith(file));
    return [...sorted.filter(startsFirst), ...sorted.filter((file) => !startsFirst(file))];
  }
}

const TIMEOUTS = { testTimeout: 60_000, hookTimeout: 240_000 };

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    sequence: { sequencer: OrderedFiles },
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/emulator/**', 'test/simulation/**', PACKAGE],
          // What a test sees is its own; loading the code anew for each file takes as long as the tests.
          isolate: false,
          sequence: { groupOrder: 1 },
          ...TIMEOUTS,
        },
      },
      // Clocks are part of what these two see, so nothing runs beside them.
      {
        test: {
          name: 'emulator',
          include: ['test/emulator/**/*.test.ts'],
          sequence: { groupOrder: 2 },
          ...TIMEOUTS,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [DISTURBING],
          globalSetup: ['test/e2e/support/deployed-stack.ts'],
          maxWorkers: E2E_WORKERS,
          sequence: { groupOrder: 3 },
          ...TIMEOUTS,
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e-disturbing',
          include: [DISTURBING],
          globalSetup: ['test/e2e/support/deployed-stack.ts'],
          maxWorkers: LAST_WORKERS,
          sequence: { groupOrder: 4 },
          ...TIMEOUTS,
        },
      },
      {
        test: {
          name: 'package',
          include: [PACKAGE],
          maxWorkers: LAST_WORKERS,
          sequence: { groupOrder: 4 },
          ...TIMEOUTS,
        },
      },
      // Has a clock of its own, so it may run while the disturbing tests wait.
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          maxWorkers: LAST_WORKERS,
          sequence: { groupOrder: 4 },
          ...TIMEOUTS,
        },
      },
    ],
  },
});
