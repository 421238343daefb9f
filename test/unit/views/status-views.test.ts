import { describe, expect, it } from 'vitest';
import { ROLLBACK_OUTCOMES } from '../../../core/job/job.ts';
import { isSettled, STATUSES, type Status } from '../../../core/job/status.ts';
import { flexView } from '../../../core/views/flex.ts';
import { oracleView } from '../../../core/views/oracle.ts';
import { statusView } from '../../../core/views/status-views.ts';
import { type ViewSubject, viewSubjectOf } from '../../../core/views/view-subject.ts';
import { type System, VOCABULARIES } from '../../../core/views/vocabularies.ts';
import { sampleJob } from './sample-job.ts';

/**
 * The five vocabularies written a second time, by hand. `~` is not exact; `if undone` is exact only
 * when the rollback is none or ok; `a > b` is a until a step has run, and then b, which is not exact.
 */
const TABLE = `
CREATED                 | ~In Progress       | NOT_STARTED > RUNNING          | ~Ready               | ~queued    | Created
SCHEDULED               | ~In Progress       | NOT_STARTED > RUNNING          | Ready                | ~queued    | Scheduled
PENDING                 | ~In Progress       | NOT_STARTED > RUNNING          | ~Ready               | ~queued    | Pending
QUEUED                  | ~In Progress       | NOT_STARTED > RUNNING          | Ready                | queued     | Queued
WAITING_APPROVAL        | ~In Progress       | ~NOT_STARTED > RUNNING         | Waiting for Approval | ~queued    | ~Scheduled
WAITING_DEPENDENCY      | ~In Progress       | ~NOT_STARTED > RUNNING         | ~Ready               | ~waiting   | ~Queued
WAITING_LOCK            | ~In Progress       | ~NOT_STARTED > RUNNING         | ~Ready               | waiting    | Waiting for Lock
RUNNING                 | In Progress        | RUNNING                        | Running              | running    | Running
CHILD_QUEUED            | Child Queued       | ~RUNNING                       | ~Running             | ~running   | ~Running
CHILD_RUNNING           | Child Running      | ~RUNNING                       | ~Running             | ~running   | ~Running
PAUSED                  | ~In Progress       | ~RUNNING                       | ~Running             | ~running   | ~Running
TRAPPED                 | ~In Progress       | ~RUNNING                       | Trapped              | ~running   | ~Running
TRAP_PAUSED             | ~In Progress       | ~RUNNING                       | Trap Paused          | ~running   | ~Running
CANCELING               | ~In Progress       | ~RUNNING                       | ~Running             | canceling  | ~Running
ROLLING_BACK            | ~In Progress       | ~RUNNING                       | Rollback             | ~running   | ~Running
REJECTED                | ~Aborted           | ~CANCELED_BEFORE_START > CANCELED_WHILE_RUNNING | Rejected | ~canceled | ~Cancelled
EXPIRED                 | ~Aborted           | ~FAILED_TO_START               | Expired              | ~canceled  | ~Failed
COMPLETED_OK            | Completed          | COMPLETED_OK                   | Finished             | success    | Completed
COMPLETED_WITH_WARNINGS | ~Completed         | COMPLETED_WITH_WARNINGS        | ~Error               | ~error     | ~Failed
COMPLETED_WITH_ERROR    | ~Failed            | COMPLETED_WITH_ERROR           | Error                | ~error     | ~Failed
FAILED_TO_START         | ~Failed            | FAILED_TO_START                | ~Error               | ~error     | ~Failed
FAILED                  | Failed if undone   | FAILED_BEFORE_COMPLETION       | Error                | error      | Failed
FAILED_RETRYABLE        | ~Failed            | FAILED_BEFORE_COMPLETION_RETRY | ~Error               | ~error     | ~Failed
TIMED_OUT               | ~Failed            | ~FAILED_BEFORE_COMPLETION      | ~Error               | ~error     | Timed Out
ABENDED                 | ~Failed            | ~FAILED_BEFORE_COMPLETION      | Abend                | ~error     | ~Failed
CANCELED_BEFORE_START   | ~Aborted           | CANCELED_BEFORE_START          | ~Canceled            | canceled   | Cancelled
CANCELED_WHILE_RUNNING  | Aborted if undone  | CANCELED_WHILE_RUNNING         | Canceled             | ~canceled  | Cancelled
CANCELED_AFTER_FAILURE  | ~Aborted           | ~CANCELED_BEFORE_START > FAILED_BEFORE_COMPLETION | ~Canceled | ~error | Cancelled
ROLLED_BACK             | Aborted            | ~COMPLETED_OK                  | ~Finished            | ~canceled  | ~Cancelled
`;

const SYSTEMS = ['oracle', 'hmc', 'clarive', 'ganeti', 'flex'] as const satisfies readonly System[];

const CELLS = new Map(
  TABLE.trim()
    .split('\n')
    .flatMap((line) => {
      const [status = '', ...cells] = line.split('|').map((cell) => cell.trim());
      return cells.map((cell, column) => [`${status} ${SYSTEMS[column]}`, cell] as const);
    }),
);

/** What a cell of the hand-written table says of a subject. */
function wanted(cell: string, { stepHasRun, rollback }: ViewSubject) {
  const [before = '', after] = cell.split(' > ');
  if (after !== undefined && stepHasRun) return { status: after, exact: false };
  const undone = rollback === 'none' || rollback === 'ok';
  return {
    status: before.replace('~', '').replace(' if undone', ''),
    exact: !before.startsWith('~') && (undone || !before.endsWith(' if undone')),
  };
}

function subjectsOf(status: Status): ViewSubject[] {
  return ROLLBACK_OUTCOMES.flatMap((rollback) =>
    [false, true].map((stepHasRun) => ({ status, step: 'RUN' as const, rollback, stepHasRun })),
  );
}

describe('the table of five vocabularies', () => {
  it.each(STATUSES)('reads %s as listed, whatever was undone and whether a step has run', (status) => {
    for (const subject of subjectsOf(status)) {
      for (const system of SYSTEMS) {
        const cell = CELLS.get(`${status} ${system}`) ?? 'missing';
        expect(statusView(system, subject), `${status} in ${system}`).toEqual(wanted(cell, subject));
      }
    }
  });

  it('reaches every word of every system', () => {
    for (const system of SYSTEMS) {
      const reached = new Set(
        STATUSES.flatMap(subjectsOf).map((subject) => statusView<System>(system, subject).status),
      );
      expect([...reached].sort()).toEqual([...VOCABULARIES[system]].sort());
    }
  });

  it('shows a client of the HMC that an unsettled job is not over', () => {
    const polled = new Set<string>(['NOT_STARTED', 'RUNNING']);
    for (const subject of STATUSES.flatMap(subjectsOf)) {
      expect(polled.has(statusView('hmc', subject).status)).toBe(!isSettled(subject.status));
    }
  });
});

describe('a view of Oracle VM Manager', () => {
  it('says Failed exactly only of a job that left nothing behind', () => {
    const failed = sampleJob('FAILED', { rollback: 'ok' });
    expect(oracleView(viewSubjectOf(failed))).toEqual({ status: 'Failed', exact: true });
    const left = sampleJob('FAILED', { rollback: 'failed' });
    expect(oracleView(viewSubjectOf(left))).toEqual({ status: 'Failed', exact: false });
  });
});

describe('a view of Ooyala Flex', () => {
  it('spells Cancelled as its page does', () => {
    expect(flexView(viewSubjectOf(sampleJob('CANCELED_BEFORE_START')))).toEqual({
      status: 'Cancelled',
      exact: true,
    });
  });
});

describe('what a view depends on', () => {
  it('is taken from the job, a step having run once it has a real start', () => {
    expect(viewSubjectOf(sampleJob('QUEUED'))).toEqual({
      status: 'QUEUED',
      step: 'RUN',
      rollback: 'none',
      stepHasRun: false,
    });
    expect(viewSubjectOf(sampleJob('RUNNING')).stepHasRun).toBe(true);
  });
});
