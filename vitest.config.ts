import { defineConfig } from 'vitest/config';

/** Tests that start an emulator share two cores with it: more at once makes each slower, not the run faster. */
const WORKERS = 2;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: WORKERS,
    testTimeout: 30_000,
    hookTimeout: 180_000,
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
