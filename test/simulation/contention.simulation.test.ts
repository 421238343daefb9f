import { CONTENTION_SIGHTS } from '../support/simulation/coverage.ts';
import { describeHistories } from '../support/simulation/describe-histories.ts';

/** With those of contention-further.simulation.test.ts, which another worker runs, single jobs and families: 10,000. */
describeHistories('jobs in each other’s way', {
  kind: 'contention',
  firstSeed: 1,
  count: 3_250,
  sights: CONTENTION_SIGHTS,
});
