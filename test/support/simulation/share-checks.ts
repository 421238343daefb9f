import type { Change, LineChange } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { endingOf, isWaiting, type Job, placeOf } from '../../../core/job/job.ts';
import { isSettled } from '../../../core/job/status.ts';
import type { ExpectedNeed } from './expected-needs.ts';
import type { Ledger, LedgerJob } from './ledger.ts';
import type { Share } from './line-ledger.ts';
import { hold } from './violation.ts';

/** What a job has of all lines, beside what its head says: of every job that a change has to do with. */
export function checkShares(ledger: Ledger, change: Change | LineChange): void {
  const ids = new Set<JobId>(change.touched.map(({ job }) => job.id));
  if ('job' in change) {
    ids.add(change.job.id);
    for (const id of ledger.dependentsOf(change.job.id)) ids.add(id);
  }
  for (const { putHolds, deleteHolds, putWaits, deleteWaits } of change.semaphores) {
    for (const { jobId } of [...putHolds, ...deleteHolds, ...putWaits, ...deleteWaits]) ids.add(jobId);
  }
  for (const id of ids) {
    const known = ledger.get(id);
    if (known !== undefined) checkShare(ledger, known, change.transition);
  }
}

/** The head of a job and the lines say the same, and what they say may be. */
export function checkShare(ledger: Ledger, known: LedgerJob, transition: string): void {
  const { head, needs } = known;
  const share = ledger.lines.shareOf(head.id);
  const words = `after '${transition}' job ${head.id}, ${head.status}`;
  checkOver(known, share, words);
  const place = placeOf(head);
  const placed = place === undefined ? undefined : needs[place.need];
  const heldByHead = head.holds.map(
    ({ need, fence }) => `${needs[need]?.name} ${fence} ${needs[need]?.units}`,
  );
  const held = [...share.holds].map(([name, { fence, units }]) => `${name} ${fence} ${units}`);
  hold('counts', isSameSet(heldByHead, held), () => {
    return `${words}, says it holds ${heldByHead.join(', ') || 'nothing'}, and holds ${held.join(', ') || 'nothing'}`;
  });
  hold('oneLine', share.waits.size <= 1, () => `${words}, waits in ${[...share.waits.keys()].join(' and ')}`);
  const waits = [...share.waits].map(([name, { rank }]) => `${name} ${rank}`);
  const waitsByHead = placed === undefined || place === undefined ? [] : [`${placed.name} ${place.rank}`];
  hold('counts', isSameSet(waitsByHead, waits), () => {
    return `${words}, says it waits for ${waitsByHead.join() || 'nothing'}, and waits for ${waits.join() || 'nothing'}`;
  });
  checkOrder(head, needs, words);
  checkStanding(ledger, known, placed, words);
}

/** 6, 7: what has ended stands in no line, and what it still holds is owed back. */
function checkOver({ head, removed }: LedgerJob, share: Share, words: string): void {
  if (!removed && !isSettled(head.status)) return;
  hold('deadWaiter', share.waits.size === 0, () => `${words}, has ended and stands in line`);
  const isOwed =
    !removed && (head.children !== undefined || head.owed.some(({ kind }) => kind === 'release'));
  hold('leaked', share.holds.size === 0 || isOwed, () => {
    return `${words}, ${removed ? 'is removed' : 'has ended'}, holds ${[...share.holds.keys()].join(', ')}, and nobody will give it back`;
  });
}

/** 12: nobody waits while holding a slot, and everything is taken in the one order. */
function checkOrder(head: Job, needs: readonly ExpectedNeed[], words: string): void {
  const place = placeOf(head);
  if (place === undefined) return;
  const later = head.holds.filter(({ need }) => need >= place.need);
  hold('oneLine', later.length === 0, () => {
    return `${words}, waits for ${needs[place.need]?.name} and holds ${later.map(({ need }) => needs[need]?.name).join(', ')}`;
  });
}

const STANDS = {
  admission: { status: 'PENDING', waitReason: 'admission' },
  lock: { status: 'WAITING_LOCK', waitReason: 'lock' },
  resource: { status: 'QUEUED', waitReason: 'resource' },
  group: { status: 'QUEUED', waitReason: 'slot' },
  slot: { status: 'QUEUED', waitReason: 'slot' },
} as const;

/** A job that waits stands in the line that its status names, or somebody owes it to go on. */
function checkStanding(
  ledger: Ledger,
  known: LedgerJob,
  placed: ExpectedNeed | undefined,
  words: string,
): void {
  const { head, spec } = known;
  if (known.removed || !isWaiting(head) || endingOf(head) !== undefined) return;
  const owes = (...kinds: readonly string[]) => head.owed.some(({ kind }) => kinds.includes(kind));
  if (placed !== undefined) {
    const { status, waitReason } = STANDS[placed.kind];
    hold('oneLine', head.status === status && head.waitReason === waitReason, () => {
      return `${words}, ${head.waitReason}, waits for ${placed.name}`;
    });
    return;
  }
  switch (head.status) {
    case 'PENDING':
    case 'QUEUED':
    case 'WAITING_LOCK':
      hold(
        'waitersAreDue',
        owes('advance', 'release'),
        () => `${words}, is in no line, and nobody will look`,
      );
      return;
    case 'WAITING_DEPENDENCY': {
      const isTold = spec.dependsOn.some(({ job }) => {
        const other = ledger.get(job);
        if (other === undefined || other.removed || !ledger.dependentsOf(job).has(head.id)) return false;
        return isSettled(other.head.status)
          ? other.head.owed.some(({ kind }) => kind === 'tell')
          : other.head.hasDependents === true;
      });
      hold('waitersAreDue', isTold || owes('advance', 'release'), () => `${words}, and nobody will tell it`);
      checkHoldsNothing(head, owes('release'), words);
      return;
    }
    default:
      checkHoldsNothing(head, owes('release'), words);
  }
}

/** Who waits for a person, a date or another job holds nothing. */
function checkHoldsNothing(head: Job, isOwed: boolean, words: string): void {
  hold('keepsHolds', head.holds.length === 0 || isOwed, () => `${words}, ${head.status}, holds something`);
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}
