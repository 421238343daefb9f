import { holderShape } from '../contract/api/line-shape.ts';
import type { JobExplanation } from '../contract/api/why.ts';
import { type Refused, refused } from '../contract/error-codes.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { wordsOf } from '../job/admission.ts';
import { isoOf } from '../job/instant.ts';
import {
  type HeldJob,
  isHeld,
  isLive,
  isRegaining,
  isWaiting,
  type Job,
  type JobInLine,
  type LiveJob,
  placeOf,
  type RegainingJob,
} from '../job/job.ts';
import { type Need, needsOf } from '../job/needs.ts';
import { plannedCall } from '../job/plan.ts';
import type { Deps } from '../ports/deps.ts';
import { scopeOf } from '../semaphore/scope.ts';
import { LOCK_UNITS, newSemaphore, UNLIMITED } from '../semaphore/semaphore.ts';
import { readGroupOf } from './read-facts.ts';

/** Holders that are named: more than a reader takes in. */
const HOLDERS_NAMED = 20;

/** A place is counted no further: whoever stands there waits for long. */
const PLACES_COUNTED = 10_000;

type Explained = { readonly ok: true; readonly explanation: JobExplanation } | Refused;

/** What differs from one gate to another. */
type Standing = Pick<JobExplanation, 'standsAt' | 'summary' | 'movesWhen'> &
  Partial<Pick<JobExplanation, 'since' | 'line' | 'holders' | 'dependencies'>>;

/**
 * Why a job is where it is: the gate it stands at, since when, its place in line, who holds what it
 * waits for, and what would move it. Source: IBM HMC, whose NOT_STARTED may last and says nothing.
 *
 * @param mayYouSee whether the caller may see jobs of a project: others hold global locks, too
 */
export async function explainJob(
  deps: Pick<Deps, 'store' | 'catalog'>,
  job: Job,
  mayYouSee: (project: string) => boolean,
): Promise<Explained> {
  const spec = await deps.store.readSpec(job.id);
  if (spec === null) return refused('JobNotFound', `Job ${job.id} has been deleted meanwhile.`);
  const needs = needsOf(spec);
  const standing = await standingOf(deps, job, spec, needs, mayYouSee);
  return {
    ok: true,
    explanation: {
      jobId: job.id,
      status: job.status,
      holders: [],
      holds: job.holds.flatMap(({ need, fence }) => {
        const held = needs[need];
        return held === undefined ? [] : [{ ...nameOf(held), units: held.units, fence }];
      }),
      ...standing,
    },
  };
}

async function standingOf(
  deps: Pick<Deps, 'store' | 'catalog'>,
  job: Job,
  spec: JobSpec,
  needs: readonly Need[],
  mayYouSee: (project: string) => boolean,
): Promise<Standing> {
  if (isRegaining(job)) return { since: isoOf(job.since), ...(await inLine(deps, job, needs, mayYouSee)) };
  if (isLive(job)) return (await awaiting(deps, job)) ?? (await offered(deps, job, spec)) ?? executing(job);
  if (!isWaiting(job)) return settled(job);
  if (job.ending !== undefined) {
    const summary = `It ends as ${job.ending.status} once what it holds is given back.`;
    return { standsAt: 'release', since: isoOf(job.since), summary, movesWhen: [BY_ITSELF] };
  }
  const since = isoOf(job.since);
  switch (job.status) {
    case 'CREATED':
      return {
        standsAt: 'confirmation',
        since,
        summary: 'It stands until somebody confirms it or gives it a date.',
        movesWhen: ['POST /jobs/{id}/confirm', 'POST /jobs/{id}/reschedule with a date'],
      };
    case 'WAITING_APPROVAL':
      return { since, ...approval(job.approvalUntil, spec) };
    case 'SCHEDULED':
      return {
        standsAt: 'date',
        since,
        summary: `It waits for its date, ${isoOf(job.scheduledAt)}.`,
        movesWhen: [`its date comes, ${isoOf(job.scheduledAt)}`, 'POST /jobs/{id}/reschedule'],
      };
    case 'WAITING_DEPENDENCY':
      return { since, ...(await dependencies(deps, spec)) };
    default:
      return { since, ...(await inLine(deps, job, needs, mayYouSee)) };
  }
}

/** What is owed is overdue after a minute, and the sweeper comes each minute. */
const BY_ITSELF = 'nothing has to be done: it goes on by itself, after two minutes at the latest';

function executing(job: Extract<Job, { segment: unknown }>): Standing {
  if (job.ending !== undefined) {
    const summary = `It ends as ${job.ending.status} once what it holds is given back.`;
    return { standsAt: 'release', summary, movesWhen: [BY_ITSELF] };
  }
  const since = isoOf(job.segment.committedAt);
  if (job.status === 'QUEUED') {
    const summary = 'It has all it needs, and its execution is starting.';
    return { standsAt: 'start', since, summary, movesWhen: [BY_ITSELF] };
  }
  if (isHeld(job)) return held(job);
  const op = job.activeOp === undefined ? 'between two ops' : `at op ${job.activeOp}`;
  const summary = `Its execution is ${op}; the job is ${job.status}.`;
  return { standsAt: 'op', since, summary, movesWhen: ['the op ends', 'POST /jobs/{id}/cancel'] };
}

/** Null: it waits for no children. */
async function awaiting(deps: Pick<Deps, 'store'>, job: LiveJob): Promise<Standing | null> {
  const { group } = await readGroupOf(deps, job);
  if (group === undefined || job.status === 'QUEUED') return null;
  const { created, settled, total, unsuccessful, closed } = group;
  const failed = unsuccessful === 0 ? '' : `, ${unsuccessful} of them without success`;
  const expected = closed === undefined ? total : created;
  const ending = closed === undefined ? '' : '; the others are cancelled';
  return {
    standsAt: 'children',
    since: isoOf(job.segment.committedAt),
    summary: `It waits for its children: ${settled} of ${expected} have ended${failed}${ending}.`,
    movesWhen: ['all of its children have ended: GET /jobs/{id}/children', 'POST /jobs/{id}/cancel'],
  };
}

/** A person is to do the op; null: the job is at no such op. */
async function offered(
  { store, catalog }: Pick<Deps, 'store' | 'catalog'>,
  job: LiveJob,
  spec: JobSpec,
): Promise<Standing | null> {
  if (job.status === 'QUEUED' || job.ending !== undefined || job.activeOp === undefined) return null;
  const planned = plannedCall(spec, job.activeOp);
  if (planned === undefined || catalog.get(planned.call.action)?.kind !== 'manual') return null;
  const [op] = await store.readSomeOps(job.id, job.attempt, [job.activeOp]);
  if (op?.status !== 'running') return null;
  const path = `POST /jobs/{id}/ops/${op.index}`;
  return {
    standsAt: 'person',
    since: isoOf(op.tryStartedAt),
    summary: `It waits for a person to do op ${op.index}, ${planned.name}: ${planned.call.action}.`,
    movesWhen: [`${path}/complete or ${path}/fail by somebody with job.operate`, 'POST /jobs/{id}/cancel'],
  };
}

/** Its execution waits for somebody; what the job holds, it keeps. */
function held(job: HeldJob): Standing {
  if (job.status === 'PAUSED') {
    const until = isoOf(job.pause.until);
    return {
      standsAt: 'pause',
      since: isoOf(job.pause.since),
      summary: `It is paused before op ${job.activeOp}, and keeps what it holds; unless it is resumed by ${until}, it fails.`,
      movesWhen: ['POST /jobs/{id}/resume', 'POST /jobs/{id}/cancel', `its pause is over, ${until}`],
    };
  }
  const countdown =
    job.status === 'TRAP_PAUSED'
      ? ['its countdown stands still until somebody answers resume']
      : job.trap.until === undefined
        ? []
        : [`its timeout answers, ${isoOf(job.trap.until)}`];
  return {
    standsAt: 'trap',
    since: isoOf(job.trap.since),
    summary: `Op ${job.activeOp} failed and waits for an answer; the job keeps what it holds meanwhile.`,
    movesWhen: ['POST /jobs/{id}/trap with retry, skip or abort', 'POST /jobs/{id}/cancel', ...countdown],
  };
}

function settled(job: Job): Standing {
  const since = 'endedAt' in job ? { since: isoOf(job.endedAt) } : {};
  const why = 'error' in job && job.error !== undefined ? `: ${job.error.message}` : '';
  return { standsAt: 'nothing', ...since, summary: `It ended as ${job.status}${why}.`, movesWhen: [] };
}

function approval(until: number, spec: JobSpec): Standing {
  const approvers = spec.approval?.approvers.join(', ') ?? 'an approver';
  return {
    standsAt: 'approval',
    summary: `It waits for approval by ${approvers}, and expires without it at ${isoOf(until)}.`,
    movesWhen: [`${approvers} or anybody with job.approve_all approves or rejects it`],
  };
}

async function dependencies(deps: Pick<Deps, 'store'>, spec: JobSpec): Promise<Standing> {
  const heads = await Promise.all(spec.dependsOn.map(({ job }) => deps.store.readJob(job)));
  const found = spec.dependsOn.map(({ job }, position) => {
    const head = heads[position] ?? null;
    return { job, ...(head === null ? {} : { status: head.status }) };
  });
  const words = found.map(({ job, status }) => `${job} (${status ?? 'deleted'})`).join(', ');
  return {
    standsAt: 'dependencies',
    summary: `It waits for the end of other jobs: ${words}.`,
    movesWhen: ['they end'],
    dependencies: found,
  };
}

async function inLine(
  deps: Pick<Deps, 'store'>,
  job: JobInLine | RegainingJob,
  needs: readonly Need[],
  mayYouSee: (project: string) => boolean,
): Promise<Standing> {
  const place = placeOf(job);
  const need = place === undefined ? undefined : needs[place.need];
  if (place === undefined || need === undefined) {
    const first = job.waitReason === 'release' ? 'gives back what it held, and ' : '';
    const summary = `It ${first}is about to line up for what it still needs.`;
    return { standsAt: 'release', summary, movesWhen: [BY_ITSELF] };
  }
  const [[stored], holds, before] = await Promise.all([
    deps.store.readLines([need.key]),
    deps.store.readHolds(need.key, HOLDERS_NAMED),
    deps.store.countBefore(need.key, { rank: place.rank, jobId: job.id }, PLACES_COUNTED),
  ]);
  const semaphore = stored?.semaphore ?? newSemaphore(need.key, UNLIMITED);
  const { capacity, held, waiting, paused } = semaphore;
  const position = before + 1;
  return {
    standsAt: job.waitReason === 'regaining' ? 'slot' : job.waitReason,
    summary: summaryOf(need, { capacity, held, waiting, paused, position }),
    movesWhen: movesWhenOf(need, { capacity, paused, position }),
    line: { ...nameOf(need), units: need.units, capacity, held, waiting, paused, position },
    holders: holds.map((hold) => holderShape(hold, { isLock: need.key.kind === 'lock', mayYouSee })),
  };
}

function summaryOf(
  need: Need,
  line: {
    readonly capacity: number;
    readonly held: number;
    readonly waiting: number;
    readonly paused: boolean;
    readonly position: number;
  },
): string {
  const place = `It waits for ${wordsOf(need)}, number ${line.position} of ${line.waiting} in line`;
  if (line.paused) return `${place}; the line is paused.`;
  if (need.units > line.capacity) {
    return `${place}; it asks for ${need.units} units, and there are only ${line.capacity}.`;
  }
  if (need.key.kind === 'lock') {
    return `${place}; the lock is held ${line.held >= LOCK_UNITS ? 'exclusively' : 'by those who share it'}.`;
  }
  return `${place}; ${line.held} of ${line.capacity} are taken.`;
}

function movesWhenOf(
  need: Need,
  line: { readonly capacity: number; readonly paused: boolean; readonly position: number },
): string[] {
  const { name } = need.key;
  const first = line.position === 1 ? [] : ['those before it in line have had their turn'];
  const given = 'the holders give back enough';
  switch (need.key.kind) {
    case 'lock':
      return [...first, given, `POST /locks/release takes lock ${name} from a holder that is stuck`];
    case 'resource':
      return [...first, given, `PUT /resources gives ${name} more units`];
    default:
      return line.paused
        ? [`PUT /queues/${name} with paused: false`]
        : [...first, given, `PUT /queues/${name} with a higher limit`];
  }
}

function nameOf({ key }: Need) {
  return { kind: key.kind, name: key.name, scope: scopeOf(key) };
}
