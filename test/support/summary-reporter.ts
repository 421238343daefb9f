import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with the one line that continuous integration reads: `N passed, N failed`. */
class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      // A file that could not be loaded ran no test, which must not read as none failed.
      if (module.errors().length > 0) counts.failed += 1;
      // Nor may a suite whose preparation failed: its tests are skipped, not passed.
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') counts[state] += 1;
      }
    }
    // On a line of its own: what reads the last one knows passed and failed alone.
    if (counts.skipped > 0) console.log(`\n${counts.skipped} left out`);
    console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  }
}

// Vitest loads a reporter from a file by its default export.
// biome-ignore lint/style/noDefaultExport: vitest's own contract
export default SummaryReporter;
