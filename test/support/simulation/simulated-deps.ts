import type { GroupRef } from '../../../core/children/group.ts';
import type { Change, LineChange } from '../../../core/job/change.ts';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import type { Instant } from '../../../core/job/instant.ts';
import type { DueLane } from '../../../core/job/job.ts';
import type { ChildStore } from '../../../core/ports/child-store.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import type { FamilyInput } from '../../../core/ports/executions.ts';
import type { Committed, JobStore } from '../../../core/ports/job-store.ts';
import type { LineStore } from '../../../core/ports/line-store.ts';
import type { Surroundings } from '../../../core/ports/surroundings.ts';
import { DEFAULT_QUOTAS } from '../../../core/quota/quotas.ts';
import { dueShard, semaphoreShard } from '../../../functions/adapters/dynamodb/keys.ts';
import { SIMULATED_ACTIONS } from './job-plan.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** What the functions of one process work with: every call is a step that may go wrong. */
export function simulatedDeps(world: World, process: Process): Deps {
  return {
    store: storeOf(world, process),
    executions: {
      start: (input) =>
        process.call('executions', `start ${input.group}-${input.number}`, async () => {
          const started = world.stepFunctions.start(input);
          world.executionStarted(input);
          return started;
        }),
      stop: (ref) =>
        process.call('executions', `stop ${ref.segment.group}-${ref.segment.number}`, async () =>
          world.stepFunctions.stop(ref),
        ),
      describe: (ref) =>
        process.call('executions', `describe ${ref.segment.group}-${ref.segment.number}`, async () =>
          world.stepFunctions.describe(ref),
        ),
      startFamily: (input) =>
        process.call('executions', `start family ${groupName(input)} to ${input.verb}`, async () => {
          const started = world.stepFunctions.startFamily(inSmallBatches(input));
          world.familyStarted(input);
          return started;
        }),
      describeFamily: (ref) =>
        process.call('executions', `describe family ${groupName(ref)} to ${ref.verb}`, async () =>
          world.stepFunctions.describeFamily(ref),
        ),
      answer: (token, answer) =>
        process.call(
          'executions',
          () => `answer ${token}: ${JSON.stringify(answer)}`,
          async () => world.answer(token, answer),
        ),
      heartbeat: (token) =>
        process.call('executions', `heartbeat ${token}`, async () => world.stepFunctions.heartbeat(token)),
    },
    actions: {
      dispatch: (action, call) =>
        process.call('actions', `dispatch ${action}, op ${call.op.index}, try ${call.try}`, async () =>
          world.targets.dispatch(action, call),
        ),
      interrupt: (action, running) =>
        process.call('actions', `interrupt ${action}, op ${running.op}`, async () => {}),
      // None of the simulated actions is of a kind that another service runs.
      look: async () => {},
    },
    schedules: {
      create: (jobId, at) =>
        process.call('schedules', `create schedule ${at}`, async () => world.schedules.create(jobId, at)),
      remove: (jobId, at) =>
        process.call('schedules', `remove schedule ${at}`, async () => world.schedules.remove(jobId, at)),
    },
    surroundings: surroundingsOf(world, process),
    catalog: SIMULATED_ACTIONS,
    liveness: world.liveness,
    quotas: DEFAULT_QUOTAS,
    retention: 'P30D',
    reportOwed: (_effect, error) => world.reportError(process, error),
  };
}

function storeOf(world: World, process: Process): JobStore {
  const { store } = world;
  const read = <Answer>(words: string, effect: () => Promise<Answer>) => process.call('store', words, effect);
  return {
    readJob: (id) => read('read job', () => store.readJob(id)),
    readSpec: (id) => read('read spec', () => world.readSpec(id)),
    readOps: (id, attempt) => read('read ops', () => store.readOps(id, attempt)),
    readSomeOps: (id, attempt, indexes) =>
      read(`read ops ${indexes.join(', ')}`, () => store.readSomeOps(id, attempt, indexes)),
    readJournal: (id, newerThan, limit) =>
      read('read journal', () => store.readJournal(id, newerThan, limit)),
    readIdempotency: (project, owner, key) =>
      read('read idempotency', () => store.readIdempotency(project, owner, key)),
    listByClass: (project, statusClass, page) =>
      read('list by class', () => store.listByClass(project, statusClass, page)),
    // A sweep asks for twelve lists that are mostly empty, and nothing can happen between two of those.
    listDue: async (lane, shard, page) =>
      isDue(world, lane, shard, page.now)
        ? read(`list due ${lane} ${shard}`, () => store.listDue(lane, shard, page))
        : [],
    readBulk: (id, attempt, op) => read('read bulk', () => store.readBulk(id, attempt, op)),
    saveBulk: (progress) => read('save bulk', () => store.saveBulk(progress)),
    // A quota that is far away decides nothing.
    countWaiting: async () => 0,
    countSubmission: async () => true,
    listSession: (sessionId, page) => read('list session', () => store.listSession(sessionId, page)),
    readSweepPlaces: () => read('read sweep places', () => store.readSweepPlaces()),
    saveSweepPlaces: (places) => read('save sweep places', () => store.saveSweepPlaces(places)),
    ...linesOf(world, process),
    ...childrenOf(world, process),
    commit: (change) =>
      process.call(
        'store',
        () =>
          `commit '${change.transition}' ${change.before} → ${change.job.version}, ${change.job.status}${opsOf(change.ops)}${besideOf(change)}`,
        async () => {
          const committed = await store.commit(change);
          if (committed.ok) world.committed(process, change);
          else world.conflicted(process, committed.conflict);
          return committed;
        },
        () => contended(world, process),
      ),
    markDispatched: (op) =>
      process.call('store', `mark op ${op.index}, try ${op.try} dispatched`, async () => {
        const marked = await store.markDispatched(op);
        if (marked) world.ledger.markDispatched(op);
        return marked;
      }),
    removeJob: (job) =>
      process.call('store', 'remove job', async () => {
        await store.removeJob(job);
        world.removed(job);
      }),
  };
}

function isDue({ ledger }: World, lane: DueLane, shard: number, now: Instant): boolean {
  return ledger
    .present()
    .some(
      ({ head: { id, dueEntry } }) => dueEntry?.lane === lane && dueEntry.at <= now && dueShard(id) === shard,
    );
}

function isLineDue({ ledger }: World, shard: number, now: Instant): boolean {
  return ledger.lines
    .all()
    .some(([, { head }]) => head.dueAt !== undefined && head.dueAt <= now && semaphoreShard(head) === shard);
}

function linesOf(world: World, process: Process): LineStore {
  const { store } = world;
  const read = <Answer>(words: string, effect: () => Promise<Answer>) => process.call('store', words, effect);
  return {
    // As on DynamoDB: first the heads, and then who waits, where somebody does.
    readLines: async (keys) => {
      const heads = await read(`read ${keys.length} semaphores`, () => store.readLines(keys));
      if (heads.every(({ semaphore }) => (semaphore?.waiting ?? 0) === 0)) {
        return heads.map(({ semaphore }) => ({ semaphore, first: [] }));
      }
      const later = await read('read who is first in line', () => store.readLines(keys));
      return heads.map(({ semaphore }, position) => ({
        semaphore,
        first: semaphore === null || semaphore.waiting === 0 ? [] : (later[position]?.first ?? []),
      }));
    },
    readHolds: (key, limit) => read('read holds', () => store.readHolds(key, limit)),
    readWaits: (key, limit) => read('read waits', () => store.readWaits(key, limit)),
    countBefore: (key, place, limit) =>
      read('count who is before', () => store.countBefore(key, place, limit)),
    listSemaphores: (scope, kind, page) =>
      read('list semaphores', () => store.listSemaphores(scope, kind, page)),
    listDueSemaphores: async (shard, now, limit) =>
      isLineDue(world, shard, now)
        ? read(`list due semaphores ${shard}`, () => store.listDueSemaphores(shard, now, limit))
        : [],
    readQueue: (project, name) =>
      read(`read queue ${name}`, async () => {
        const queue = await store.readQueue(project, name);
        process.queuesSeen.push(queue);
        return queue;
      }),
    listQueues: (project) => read('list queues', () => store.listQueues(project)),
    commitLines: (change) =>
      process.call(
        'store',
        () => `commit '${change.transition}'${besideOf(change)}`,
        async () => {
          const committed = await store.commitLines(change);
          if (committed.ok) world.committedLines(process, change);
          else world.conflicted(process, committed.conflict);
          return committed;
        },
        () => contended(world, process),
      ),
    listDependents: (id, limit) => read('list dependents', () => store.listDependents(id, limit)),
    removeDependent: (id, dependent, attempt) =>
      read(`remove dependent ${dependent.slice(-4)}`, async () => {
        const removed = await store.removeDependent(id, dependent, attempt);
        if (removed) world.ledger.removeDependent(id, dependent);
        return removed;
      }),
  };
}

/** Families of a simulation are small: their batches are smaller, so that there are some side by side. */
const MAX_BATCH = 2;

function inSmallBatches(input: FamilyInput): FamilyInput {
  const batches = input.batches.flatMap(({ from, to }) =>
    Array.from({ length: Math.ceil((to - from) / MAX_BATCH) }, (_, batch) => ({
      from: from + batch * MAX_BATCH,
      to: Math.min(to, from + (batch + 1) * MAX_BATCH),
    })),
  );
  return { ...input, batches };
}

function childrenOf(world: World, process: Process): ChildStore {
  const { store } = world;
  const call = <Answer>(words: string, effect: () => Promise<Answer>) => process.call('store', words, effect);
  return {
    readGroup: (ref) => call(`read group ${groupName(ref)}`, () => store.readGroup(ref)),
    listGroups: (id, of) => call('list groups', () => store.listGroups(id, of)),
    readChildren: (ref, from, to) =>
      call(`read children ${groupName(ref)} ${from} to ${to}`, () => store.readChildren(ref, from, to)),
    // As on DynamoDB: the transaction, and then a read of the group.
    countChild: async (ref, child, outcome) => {
      const counted = await call(`count child ${child} of ${groupName(ref)}, ${outcome.status}`, async () => {
        const group = await store.countChild(ref, child, outcome);
        world.counted(ref, child, outcome, group);
        return group;
      });
      return counted && call(`read group ${groupName(ref)}`, () => store.readGroup(ref));
    },
    passChild: (link, outcome) =>
      call(`pass child ${link.child} of ${groupName(link)}, ${outcome.status}`, async () => {
        const passed = await store.passChild(link, outcome);
        world.passed(link, outcome, passed, await store.readGroup(link));
        return passed;
      }),
  };
}

function groupName({ jobId, attempt, op, try: number }: GroupRef): string {
  return `${jobId.slice(-4)}/${attempt}/${op}/${number}`;
}

/** DynamoDB refuses a transaction for another's sake, half of the time by a conflict that is an answer. */
function contended({ random }: World, process: Process): Committed | null {
  if (!random.chance(0.5)) return null;
  process.wasRefused = true;
  return { ok: false, conflict: { kind: 'contention' } };
}

function besideOf({ semaphores, touched }: Pick<Change | LineChange, 'semaphores' | 'touched'>): string {
  const lines = semaphores.map(({ semaphore, putHolds, deleteHolds, putWaits, deleteWaits }) => {
    const named = (sign: string, items: readonly { readonly jobId: string }[]) =>
      items.map(({ jobId }) => ` ${sign}${jobId.slice(-4)}`).join('');
    const { kind, name, held, capacity, waiting, ver } = semaphore;
    const moves = [
      named('+hold ', putHolds),
      named('-hold ', deleteHolds),
      named('+wait ', putWaits),
      named('-wait ', deleteWaits),
    ].join('');
    return `; ${kind} ${name} v${ver} ${held}/${capacity}, ${waiting} wait${moves}`;
  });
  const jobs = touched.map(({ job }) => `; touches ${job.id.slice(-4)}`);
  return [...lines, ...jobs].join('');
}

function opsOf(ops: readonly { readonly op: { index: number; status: string; try: number } }[]): string {
  return ops.map(({ op }) => `; op ${op.index} ${op.status}, try ${op.try}`).join('');
}

function surroundingsOf({ scheduler, random, coverage }: World, process: Process): Surroundings {
  return {
    now: () => scheduler.now() + process.skewMs,
    jobId: () => jobIdSchema.parse(ulid(scheduler.now(), random.int(0, 0x7fffffff))),
    nonce: () => `nonce-${random.int(0, 0x7fffffff)}`,
    random: () => random.next(),
    pause: (milliseconds) => {
      // It was not refused, so it found out by itself that what it had read was of two moments.
      if (!process.wasRefused) coverage.saw('stale line');
      process.wasRefused = false;
      return process.sleep(milliseconds);
    },
  };
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 10 characters of time and 16 of dice, as a ULID has. */
function ulid(now: number, dice: number): string {
  return base32(now, 10) + base32(dice, 16);
}

function base32(value: number, length: number): string {
  let left = value;
  let text = '';
  for (let position = 0; position < length; position += 1) {
    text = CROCKFORD.charAt(left % 32) + text;
    left = Math.floor(left / 32);
  }
  return text;
}
