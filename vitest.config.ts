import { defineConfig } from 'vitest/config';

/** Two cores: more files at once make each slower, not the run faster. */
const WORKERS = 2;

const TIMEOUTS = { testTimeout: 60_000, hookTimeout: 240_000 };

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/emulator/**', 'test/simulation/**'],
          ...TIMEOUTS,
        },
      },
      { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], ...TIMEOUTS } },
      { test: { name: 'emulator', include: ['test/emulator/**/*.test.ts'], ...TIMEOUTS } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/support/deployed-stack.ts'],
          // One stack for all, and timing is part of what they see.
          fileParallelism: false,
          ...TIMEOUTS,
        },
      },
    ],
  },
});
