import { jobIdSchema } from '../../../core/job/identifiers.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import type { JobStore } from '../../../core/ports/job-store.ts';
import type { Surroundings } from '../../../core/ports/surroundings.ts';
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
      answer: (token, answer) =>
        process.call('executions', `answer ${token}: ${JSON.stringify(answer)}`, async () =>
          world.answer(token, answer),
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
    },
    surroundings: surroundingsOf(world, process),
    catalog: SIMULATED_ACTIONS,
    liveness: world.liveness,
    reportOwed: (_effect, error) => world.reportError(process, error),
  };
}

function storeOf(world: World, process: Process): JobStore {
  const { store } = world;
  const read = <Answer>(words: string, effect: () => Promise<Answer>) => process.call('store', words, effect);
  return {
    readJob: (id) => read('read job', () => store.readJob(id)),
    readSpec: (id) => read('read spec', () => store.readSpec(id)),
    readOps: (id, attempt) => read('read ops', () => store.readOps(id, attempt)),
    readSomeOps: (id, attempt, indexes) =>
      read(`read ops ${indexes.join(', ')}`, () => store.readSomeOps(id, attempt, indexes)),
    readJournal: (id, newerThan, limit) =>
      read('read journal', () => store.readJournal(id, newerThan, limit)),
    readIdempotency: (project, owner, key) =>
      read('read idempotency', () => store.readIdempotency(project, owner, key)),
    listByClass: (project, statusClass, page) =>
      read('list by class', () => store.listByClass(project, statusClass, page)),
    listDue: (lane, shard, now, limit) =>
      read(`list due ${lane} ${shard}`, () => store.listDue(lane, shard, now, limit)),
    commit: (change) =>
      process.call(
        'store',
        `commit '${change.transition}' ${change.before} → ${change.job.version}, ${change.job.status}${opsOf(change.ops)}`,
        async () => {
          const committed = await store.commit(change);
          if (committed.ok) world.committed(process, change);
          else world.conflicted(process, committed.conflict);
          return committed;
        },
        () => (world.random.chance(0.5) ? { ok: false, conflict: { kind: 'contention' } } : null),
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

function opsOf(ops: readonly { readonly op: { index: number; status: string; try: number } }[]): string {
  return ops.map(({ op }) => `; op ${op.index} ${op.status}, try ${op.try}`).join('');
}

function surroundingsOf({ scheduler, random }: World, process: Process): Surroundings {
  return {
    now: () => scheduler.now() + process.skewMs,
    jobId: () => jobIdSchema.parse(ulid(scheduler.now(), random.int(0, 0x7fffffff))),
    nonce: () => `nonce-${random.int(0, 0x7fffffff)}`,
    random: () => random.next(),
    pause: (milliseconds) => process.sleep(milliseconds),
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
