/** The namespace of Jobplane's own metrics in CloudWatch. */
export const METRICS_NAMESPACE = 'Jobplane';

/** The dimension that keeps deployments of one account apart; Powertools adds it to every metric. */
export const DEPLOYMENT_DIMENSION = 'service';

/**
 * Jobplane's own metrics. None has a dimension of projects, jobs or users: their number is not bounded,
 * and each value of a dimension is a metric that is paid for.
 *
 * - `JobStatusChanges` by `Status`: jobs that came to a status, counted as the journal is published.
 * - `SweeperLooks`, `SweeperGrants`, `SweeperFailures`: what a sweep looked at, handed on, could not do.
 * - `SweeperRepairs`, also by `Effect`: what somebody had left undone.
 * - `OldestOwedSeconds`: by how much the most overdue effect was late that a sweep met.
 * - `ScheduleRunsMissed`: runs of recurring schedules that made no job.
 * - `TasksRefused`: calls of the state machine that were answered with an error that it catches by name.
 * - `CommandsTaken`, `CommandsRefused`, `CommandsFromUnknownSenders`: commands from the bus.
 */
export type MetricName =
  | 'JobStatusChanges'
  | 'SweeperLooks'
  | 'SweeperRepairs'
  | 'SweeperGrants'
  | 'SweeperFailures'
  | 'OldestOwedSeconds'
  | 'ScheduleRunsMissed'
  | 'TasksRefused'
  | 'CommandsTaken'
  | 'CommandsRefused'
  | 'CommandsFromUnknownSenders';
