import { FAMILY_SIGHTS } from '../support/simulation/coverage.ts';
import { describeHistories } from '../support/simulation/describe-histories.ts';

describeHistories('families of jobs', {
  kind: 'families',
  firstSeed: 1,
  count: 1_500,
  sights: FAMILY_SIGHTS,
});
