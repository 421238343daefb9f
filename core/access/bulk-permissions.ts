import type { Bulk } from '../contract/api/bulk.ts';
import type { Permission } from './permissions.ts';

/** What each action needs on each of its jobs: what the route of one job needs. */
export const BULK_PERMISSIONS: Readonly<Record<Bulk['action'], Permission>> = {
  cancel: 'job.cancel',
  rerun: 'job.restart',
  reprioritise: 'job.operate',
};
