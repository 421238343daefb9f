import { OP_STATUSES } from '../op/op-view.ts';

/** The words of the five systems for a job's status, as their pages list them. */
export const VOCABULARIES = {
  /** Oracle VM Manager: Table 8.2, Job States. */
  oracle: ['Completed', 'In Progress', 'Aborted', 'Failed', 'Child Queued', 'Child Running'],
  /** IBM Hardware Management Console: Job status, Table 1. */
  hmc: [
    'CANCELED_BEFORE_START',
    'CANCELED_WHILE_RUNNING',
    'COMPLETED_WITH_WARNINGS',
    'COMPLETED_WITH_ERROR',
    'FAILED_TO_START',
    'FAILED_BEFORE_COMPLETION',
    'NOT_STARTED',
    'RUNNING',
    'FAILED_BEFORE_COMPLETION_RETRY',
    'COMPLETED_OK',
  ],
  /** Clarive: Monitoring Jobs, Job Statuses. */
  clarive: [
    'Ready',
    'Running',
    'Waiting for Approval',
    'Rejected',
    'Expired',
    'Abend',
    'Rollback',
    'Finished',
    'Error',
    'Canceled',
    'Trapped',
    'Trap Paused',
  ],
  /** Ganeti: a job reads one of its ops' statuses (jqueue, CalcStatus). */
  ganeti: OP_STATUSES,
  /** Ooyala Flex: Job States. */
  flex: [
    'Created',
    'Scheduled',
    'Pending',
    'Queued',
    'Waiting for Lock',
    'Running',
    'Timed Out',
    'Failed',
    'Cancelled',
    'Completed',
  ],
} as const;

export type System = keyof typeof VOCABULARIES;

/** A word of one system's vocabulary. */
export type Word<S extends System> = (typeof VOCABULARIES)[S][number];
