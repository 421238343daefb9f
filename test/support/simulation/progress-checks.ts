import { secondsOf } from '../../../core/contract/duration.ts';
import { CHILDREN_ACTION } from '../../../core/contract/job-spec.ts';
import type { Instant } from '../../../core/job/instant.ts';
import {
  endingOf,
  type HeldJob,
  isHeld,
  isLive,
  isRegaining,
  isWaiting,
  type LiveJob,
  type WaitingJob,
} from '../../../core/job/job.ts';
import { plannedCall, plannedItems } from '../../../core/job/plan.ts';
import type { RunningOp } from '../../../core/op/op.ts';
import { hasEnded } from './family-checks.ts';
import { isAllCounted, isAllMade } from './family-ledger.ts';
import { SIMULATED_ACTIONS } from './job-plan.ts';
import type { LedgerJob } from './ledger.ts';
import { hold } from './violation.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;

/** What a step of a job may take when nothing goes wrong: a backoff from before, a look, two sweeps. */
const STEP_MS = 6 * MINUTE_MS;
/** The longest that a completion may be under way since before the quiet: late, and repeated. */
const UNDER_WAY_MS = 20 * MINUTE_MS;
const ONE_YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

/** Once nothing goes wrong any more, every live job moves on within what its own ops may take. */
export function checkProgress(world: World, quietSince: Instant): void {
  const now = world.scheduler.now();
  for (const known of world.ledger.present()) {
    const { head } = known;
    if (isWaiting(head)) checkTimes(head, quietSince, now);
    if (!isLive(head) || endingOf(head) !== undefined) continue;
    if (isRegaining(head) && head.place !== undefined) continue;
    if (head.children !== undefined) {
      checkFanOut(world, head, quietSince);
      continue;
    }
    const execution = world.stepFunctions.find({
      jobId: head.id,
      attempt: head.attempt,
      segment: head.segment,
    });
    const isLost = execution !== undefined && execution.status !== 'RUNNING';
    const from = Math.max(known.movedAt, quietSince);
    const until = Math.max(
      from + allowance(world, known, from, now),
      isLost ? head.liveness.at + STEP_MS : 0,
    );
    hold('liveness', now <= until, () => {
      const waited = Math.round((now - from) / 1000);
      return `job ${head.id} is ${head.status}, its execution ${execution?.status}, unmoved for ${waited} s`;
    });
  }
}

/** Making, undoing and cancelling: a task that is repeated ten times, and a look at what became of that. */
const FAN_OUT_MS = 20 * MINUTE_MS;

/** A parent waits for its children, and they are bounded themselves; all else goes on soon. */
function checkFanOut(world: World, head: LiveJob, quietSince: Instant): void {
  const now = world.scheduler.now();
  const group =
    head.children && world.ledger.families.get({ jobId: head.id, attempt: head.attempt, ...head.children });
  if (group === undefined) return;
  const from = Math.max(group.movedAt, quietSince);
  const words = () => `job ${head.id} is ${head.status}, its children unmoved for ${(now - from) / 1000} s`;
  if (isAllCounted(group)) hold('liveness', now <= from + STEP_MS, words);
  if (
    !isAllMade(group) &&
    [...group.children.values()].every((child) => hasEnded(world.ledger, group, child))
  ) {
    hold('liveness', now <= from + FAN_OUT_MS, words);
  }
}

/** Once nothing goes wrong any more, the children of a closed group are all cancelled, or at their ends. */
export function checkClosedFamilies({ ledger, scheduler }: World, quietSince: Instant): void {
  const now = scheduler.now();
  for (const group of ledger.families.all()) {
    if (group.closed === undefined || now <= Math.max(group.movedAt, quietSince) + FAN_OUT_MS) continue;
    for (const child of group.children.values()) {
      const head = child.link.id === undefined ? undefined : ledger.get(child.link.id)?.head;
      if (head === undefined || hasEnded(ledger, group, child)) continue;
      const isEnding = 'cancel' in head || head.status === 'ROLLING_BACK' || endingOf(head) !== undefined;
      const isUndoing = isHeld(head) && 'trap' in head && head.trap.from === 'ROLLING_BACK';
      hold('familyEnds', isEnding || isUndoing, () => {
        return `job ${head.id} is ${head.status}, and its group is closed since ${(now - group.movedAt) / 1000} s`;
      });
    }
  }
}

/** What time alone moves on is moved on. */
function checkTimes(head: WaitingJob, quietSince: Instant, now: Instant): void {
  if (head.ending !== undefined) return;
  const times = [
    head.status === 'SCHEDULED' ? head.scheduledAt : undefined,
    head.status === 'WAITING_APPROVAL' ? head.approvalUntil : undefined,
    head.maxStartAt,
  ];
  for (const at of times) {
    hold('liveness', at === undefined || now <= Math.max(at, quietSince) + STEP_MS, () => {
      return `job ${head.id} is ${head.status}, and its time came ${Math.round((now - (at ?? now)) / 1000)} s ago`;
    });
  }
}

function allowance(world: World, { head }: LedgerJob, from: Instant, now: Instant): number {
  if (isHeld(head)) return heldAllowance(head, from);
  if (!isLive(head) || head.status === 'QUEUED' || head.activeOp === undefined) return STEP_MS;
  const op = world.ledger.op(head.id, head.attempt, head.activeOp);
  if (op?.status === 'tried') {
    const at = op.decision?.kind === 'tryAgain' ? op.decision.at : now;
    return Math.max(0, at - op.triedAt) + STEP_MS;
  }
  return op?.status === 'running' ? tryAllowance(world, op) : STEP_MS;
}

/** Until its time is over; what has no time waits for an operator, who comes. */
function heldAllowance(head: HeldJob, from: Instant): number {
  const until =
    head.status === 'PAUSED' ? head.pause.until : head.status === 'TRAPPED' ? head.trap.until : undefined;
  return until === undefined ? Number.POSITIVE_INFINITY : Math.max(0, until - from) + STEP_MS;
}

/** As long as the try's clocks let it run; one without any, as long as its target takes. */
function tryAllowance(world: World, op: RunningOp): number {
  const spec = world.ledger.get(op.jobId)?.spec;
  const call = spec === undefined ? undefined : plannedCall(spec, op.index)?.call;
  const [item] = spec === undefined ? [] : plannedItems(spec, [op.index], SIMULATED_ACTIONS);
  const behaviour = world.targets.behaviourOf({ ...op, op: op.index });
  const works = behaviour.kind === 'silent' ? 0 : behaviour.afterMs;
  const timeoutMs = (item?.timeout ?? 0) * 1000;
  if (timeoutMs < ONE_YEAR_MS - MINUTE_MS) return timeoutMs + STEP_MS;
  if (call?.heartbeat !== undefined) return works + secondsOf(call.heartbeat) * 1000 + UNDER_WAY_MS;
  return (behaviour.kind === 'silent' ? ONE_YEAR_MS : works) + UNDER_WAY_MS;
}

/** Once nothing goes wrong any more, a try that has begun reaches its target. */
export function checkDispatched(world: World, quietSince: Instant): void {
  const now = world.scheduler.now();
  for (const { head } of world.ledger.present()) {
    if (!isLive(head) || head.status === 'QUEUED' || head.activeOp === undefined) continue;
    const op = world.ledger.op(head.id, head.attempt, head.activeOp);
    if (
      op?.status !== 'running' ||
      op.action === CHILDREN_ACTION ||
      now - Math.max(op.tryStartedAt, quietSince) <= STEP_MS
    )
      continue;
    hold('dispatch', world.targets.wasReached({ ...op, op: op.index }), () => {
      return `op ${op.index} of job ${head.id} runs since ${now - op.tryStartedAt} ms and was never dispatched`;
    });
  }
}
