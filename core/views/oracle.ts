import { type StatusView, statusView } from './status-views.ts';
import type { ViewSubject } from './view-subject.ts';

/** A job as Oracle VM Manager's list of jobs shows it. */
export type OracleView = StatusView<'oracle'>;

/**
 * Aborted and Failed are exact only when nothing was left behind: Oracle VM Manager says them of a
 * job that was rolled back and whose locks were released.
 */
export function oracleView(subject: ViewSubject): OracleView {
  return statusView('oracle', subject);
}
