import { JOB_SIGHTS } from '../support/simulation/coverage.ts';
import { describeHistories } from '../support/simulation/describe-histories.ts';

/** Two thousand take about a minute of one core. */
describeHistories('jobs under faults', { kind: 'jobs', firstSeed: 1, count: 2_000, sights: JOB_SIGHTS });
