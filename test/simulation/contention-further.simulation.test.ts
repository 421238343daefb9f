import { CONTENTION_SIGHTS, RARE_IN_LINE } from '../support/simulation/coverage.ts';
import { describeHistories } from '../support/simulation/describe-histories.ts';

describeHistories('other jobs in each other’s way', {
  kind: 'contention',
  firstSeed: 4_001,
  count: 3_250,
  sights: [...CONTENTION_SIGHTS, ...RARE_IN_LINE],
});
