import type { Change, LineChange } from '../../../core/job/change.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { SemaphoreChange } from '../../../core/semaphore/line.ts';
import { type Hold, textOfKey, type Wait } from '../../../core/semaphore/semaphore.ts';
import type { Ledger } from './ledger.ts';
import { isBefore, type KnownLine, type LineLedger, owesGrant } from './line-ledger.ts';
import { hold } from './violation.ts';

/** Design section 4: a step of priority is worth half an hour of waiting. */
const PRIORITY_STEP_MS = 30 * 60 * 1000;

/** One change of one semaphore beside what is known of it, and of the job that it belongs to. */
interface Checked {
  readonly name: string;
  readonly transition: string;
  readonly change: SemaphoreChange;
  readonly known: KnownLine | undefined;
  /** The job whose change it is; none for a change of lines alone. */
  readonly job:
    | {
        readonly id: JobId;
        readonly priority: number;
        readonly steps: number;
        /** It takes the place again that it had, as a parent does behind its children. */
        readonly rank: number | undefined;
      }
    | undefined;
}

/** Everything that must hold of what a transaction does to the semaphores, before it is in the ledger. */
export function checkLines(ledger: Ledger, change: Change | LineChange): void {
  const job = 'job' in change ? change.job : undefined;
  const before = job === undefined ? undefined : ledger.get(job.id)?.head;
  for (const semaphore of change.semaphores) {
    const name = textOfKey(semaphore.semaphore);
    const checked: Checked = {
      name,
      transition: change.transition,
      change: semaphore,
      known: ledger.lines.get(name),
      job: job && {
        id: job.id,
        priority: job.priority,
        steps: job.priority - (before?.priority ?? job.priority),
        rank: before !== undefined && 'slot' in before ? before.slot?.rank : undefined,
      },
    };
    checkGivenBack(checked);
    checkGrants(checked);
    checkPlaces(checked);
    checkSums(checked);
    checkHandedOn(checked);
    hold('guarded', semaphore.before === (checked.known?.head.ver ?? 0), () => {
      return `${words(checked)} was decided on ver ${semaphore.before} and committed on ${checked.known?.head.ver ?? 0}`;
    });
    hold('guarded', semaphore.semaphore.ver === semaphore.before + 1, () => {
      return `${words(checked)} does not raise ver`;
    });
  }
}

/** 3, 8: a grant is released once, by its own fence, and with the head that owes it. */
function checkGivenBack(checked: Checked): void {
  for (const { jobId, fence, units } of checked.change.deleteHolds) {
    const held = checked.known?.holds.get(jobId);
    hold('releasedOnce', held?.fence === fence && held.units === units, () => {
      return `${words(checked)} releases fence ${fence} of job ${jobId}, which holds ${held?.fence ?? 'nothing'}`;
    });
    hold('keepsHolds', checked.job?.id === jobId, () => {
      return `${words(checked)} takes from job ${jobId} what only its own head gives back`;
    });
  }
}

function checkGrants(checked: Checked): void {
  const { change, known } = checked;
  const { semaphore, putHolds } = change;
  if (putHolds.length === 0) return;
  hold('paused', !semaphore.paused, () => `${words(checked)} grants and is paused`);
  hold('capacity', semaphore.held <= semaphore.capacity, () => {
    return `${words(checked)} grants, and ${semaphore.held} of ${semaphore.capacity} are held`;
  });
  let fence = known?.head.fence ?? 0;
  for (const grant of putHolds) {
    hold('reentrant', known?.holds.has(grant.jobId) !== true, () => {
      return `${words(checked)} grants job ${grant.jobId} what it holds`;
    });
    hold('fences', grant.fence > fence && grant.fence <= semaphore.fence, () => {
      return `${words(checked)} grants with fence ${grant.fence} after ${fence}`;
    });
    fence = grant.fence;
    checkRank(checked, grant);
  }
}

/** 11: the first in line, or a newcomer that ranks before all who wait. */
function checkRank(checked: Checked, grant: Hold): void {
  const { change, known, job } = checked;
  const left = new Set(change.deleteWaits.map(({ jobId }) => jobId));
  const stood = known?.waits.get(grant.jobId);
  const others = [
    ...[...(known?.waits.values() ?? [])].filter(({ jobId }) => !left.has(jobId)),
    ...change.putWaits,
  ];
  const rank =
    stood === undefined
      ? (job?.rank ?? change.semaphore.clock + (job?.priority ?? 0) * PRIORITY_STEP_MS)
      : stood.rank + (job?.id === grant.jobId ? job.steps * PRIORITY_STEP_MS : 0);
  const own = { rank, jobId: grant.jobId };
  const overtaken = others.find((other) => other.jobId !== grant.jobId && isBefore(other, own));
  hold('ranked', overtaken === undefined, () => {
    return `${words(checked)} grants job ${grant.jobId} of rank ${rank} before ${overtaken?.jobId} of rank ${overtaken?.rank}`;
  });
  hold('ranked', stood !== undefined || job?.id === grant.jobId, () => {
    return `${words(checked)} grants job ${grant.jobId}, which neither asks nor waits`;
  });
  hold('counts', stood === undefined || left.has(grant.jobId), () => {
    return `${words(checked)} grants job ${grant.jobId} and leaves it in line`;
  });
}

function checkPlaces(checked: Checked): void {
  const { change, known, job } = checked;
  const { semaphore } = change;
  for (const { jobId, rank } of change.deleteWaits) {
    const stood = known?.waits.get(jobId);
    hold('counts', stood?.rank === rank, () => {
      return `${words(checked)} removes place ${rank} of job ${jobId}, which stands at ${stood?.rank}`;
    });
  }
  for (const wait of change.putWaits) {
    const stood = known?.waits.get(wait.jobId);
    hold('ranked', wait.jobId === job?.id && wait.rank === rankOf(checked, stood), () => {
      return `${words(checked)} puts job ${wait.jobId} at ${wait.rank}, and not at ${rankOf(checked, stood)}`;
    });
    hold(
      'reentrant',
      stood === undefined || change.deleteWaits.some(({ jobId }) => jobId === wait.jobId),
      () => {
        return `${words(checked)} lets job ${wait.jobId} stand in line twice`;
      },
    );
  }
  const clock = known?.head.clock ?? 0;
  const isNewcomer = change.putWaits.some(({ jobId }) => known?.waits.has(jobId) !== true);
  hold('ranked', isNewcomer ? semaphore.clock > clock : semaphore.clock >= clock, () => {
    return `${words(checked)} sets its clock from ${clock} to ${semaphore.clock}`;
  });
}

/** By its enqueue time and priority; one that stood moves by the steps of its priority alone. */
function rankOf({ change, job }: Checked, stood: Wait | undefined): number {
  if (stood === undefined && job?.rank !== undefined) return job.rank;
  if (stood === undefined) return change.semaphore.clock + (job?.priority ?? 0) * PRIORITY_STEP_MS;
  return stood.rank + (job?.steps ?? 0) * PRIORITY_STEP_MS;
}

/** 2: the head counts what there is. */
function checkSums(checked: Checked): void {
  const { holds, waits } = after(checked);
  const { semaphore } = checked.change;
  const held = [...holds.values()].reduce((sum, { units }) => sum + units, 0);
  hold('counts', semaphore.held === held, () => {
    return `${words(checked)} says that ${semaphore.held} are held, and the holds are ${held}`;
  });
  hold('counts', semaphore.waiting === waits.size, () => {
    return `${words(checked)} says that ${semaphore.waiting} wait, and ${waits.size} do`;
  });
}

/** 5: whoever lets the front fit grants it in that transaction, or leaves the line due. */
function checkHandedOn(checked: Checked): void {
  const { waits } = after(checked);
  const { semaphore } = checked.change;
  hold('handedOn', semaphore.dueAt !== undefined || !owesGrant({ head: semaphore, waits }), () => {
    return `${words(checked)} leaves ${semaphore.capacity - semaphore.held} free, the first in line fits, and nobody looks`;
  });
}

function after({ change, known }: Checked): Pick<KnownLine, 'holds' | 'waits'> {
  const holds = new Map(known?.holds);
  const waits = new Map(known?.waits);
  for (const { jobId } of change.deleteHolds) holds.delete(jobId);
  for (const { jobId } of change.deleteWaits) waits.delete(jobId);
  for (const grant of change.putHolds) holds.set(grant.jobId, grant);
  for (const wait of change.putWaits) waits.set(wait.jobId, wait);
  return { holds, waits };
}

function words({ transition, name }: Checked): string {
  return `'${transition}' of ${name}`;
}

/** A grant is owed for as long as the sweeper may take. */
const SWEEPS_MS = { amidFaults: 7 * 60_000, inPeace: 3 * 60_000 };
const SLACK_MS = 15_000;

/** 5, in time: no free unit and first in line that fits stay beside each other for longer than a sweep takes. */
export function checkGrantsOwed(
  lines: LineLedger,
  now: Instant,
  amid: { readonly quietSince: Instant | null; readonly outagesMs: number },
): void {
  const isQuiet = amid.quietSince !== null;
  const allowed = SLACK_MS + (isQuiet ? SWEEPS_MS.inPeace : SWEEPS_MS.amidFaults + amid.outagesMs);
  for (const [name, { owedSince }] of lines.all()) {
    if (owedSince === undefined) continue;
    hold('handedOn', now <= Math.max(owedSince, amid.quietSince ?? 0) + allowed, () => {
      return `the first in line of ${name} fits since ${Math.round((now - owedSince) / 1000)} s`;
    });
  }
}
