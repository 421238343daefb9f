import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { ExecutionInput } from '../../core/ports/executions.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { DEFAULT_QUOTAS } from '../../core/quota/quotas.ts';
import type { SemaphoreKey } from '../../core/semaphore/semaphore.ts';
import { cancelJob } from '../../core/usecases/cancel-job.ts';
import { ContendedError } from '../../core/usecases/change-job.ts';
import { finishJob } from '../../core/usecases/finish-job.ts';
import { performOp } from '../../core/usecases/perform-op.ts';
import { releaseLock } from '../../core/usecases/release-lock.ts';
import { setQueue } from '../../core/usecases/set-queue.ts';
import { submitJob } from '../../core/usecases/submit-job.ts';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import { surroundings } from '../../functions/runtime/surroundings.ts';
import { localConnection } from '../../local/connection.ts';
import type { StackFile } from '../../local/stack-file.ts';
import { createJobTable } from '../support/create-job-table.ts';
import { InMemoryJobStore } from '../support/in-memory-job-store.ts';
import { LIVENESS } from '../support/liveness.ts';
import { RecordingSchedules } from '../support/recording-schedules.ts';
import { type CommitLog, contendedStore } from './contended-store.ts';
import { pacedStore } from './paced-store.ts';

/** One run of grants on one semaphore. */
export interface GrantRun {
  /** Grants in each whole second, until the time was over. */
  readonly bySecond: readonly number[];
  readonly log: CommitLog;
  /** Times that somebody gave up after as many conflicts as are borne: it is owed, or asked for again. */
  readonly gaveUp: number;
}

/** What semaphore, on what store, and whether others are in the way. */
export interface GrantsOf {
  readonly kind: 'lock' | 'slot';
  /** `emulator`: the local DynamoDB. `paced`: one in memory that takes as long as AWS's. */
  readonly store: 'emulator' | 'paced';
  readonly disturbance: Disturbance;
}

/**
 * - `none`: only those who hand on. - `refusals`: every fifth commit is refused. - `rivals`: that, and
 *   two more writers change the same semaphore all the time.
 */
export type Disturbance = 'none' | 'refusals' | 'rivals';

/** More in line at the start than are let through in the time. */
const JOBS: Readonly<Record<GrantsOf['store'], number>> = { emulator: 80, paced: 150 };
const RUN_MS = 4_000;

/**
 * Slots of the queue, and workers that end its jobs side by side: so many that jobs are waited for less
 * than the semaphore, but no more than one process can answer.
 */
export const SLOTS: Readonly<Record<GrantsOf['store'], number>> = { emulator: 4, paced: 16 };

export const REFUSE_EVERY = 5;
export const RIVALS = 2;
export const RIVAL_PAUSE_MS = 50;

const PROJECT = 'web';
const NAME = 'bench-grants';
const SUBMITTER = { user: 'bench', groups: [] };

/** A store of its own, and the use cases on it as the functions run them, without Step Functions. */
interface Plant {
  readonly deps: Deps;
  readonly key: SemaphoreKey;
  readonly spec: JobSpec;
  readonly log: CommitLog;
  /** Executions that were started and nobody has taken yet. */
  readonly started: ExecutionInput[];
  gaveUp: number;
}

/** Lets a line of jobs through one semaphore as fast as they go, for some seconds. */
export async function runGrants(stack: StackFile, of: GrantsOf): Promise<GrantRun> {
  const store = of.store === 'emulator' ? await emulatorStore(stack) : new InMemoryJobStore();
  const key: SemaphoreKey = { scope: PROJECT, kind: of.kind, name: NAME };
  const slots = SLOTS[of.store];
  const line = await linedUp(newPlant(store, key, 'none'), slots, JOBS[of.store]);
  const plant = newPlant(of.store === 'paced' ? pacedStore(store) : store, key, of.disturbance);
  plant.started.push(...line.started);
  const from = performance.now();
  const over = AbortSignal.timeout(RUN_MS);
  await Promise.all([
    of.kind === 'lock' ? passLock(plant, over) : passSlots(plant, slots, line.jobs, over),
    ...Array.from({ length: of.disturbance === 'rivals' ? RIVALS : 0 }, () => rival(plant, over)),
  ]);
  const { log, gaveUp } = plant;
  const bySecond = Array.from({ length: RUN_MS / 1_000 }, (_, second) => {
    const grants = log.grantedAt.filter((at) => Math.floor((at - from) / 1_000) === second);
    return grants.length;
  });
  return { bySecond, log, gaveUp };
}

async function emulatorStore(stack: StackFile): Promise<JobStore> {
  const client = new DynamoDBClient(localConnection(stack.emulatorUrl));
  const tableName = `bench-grants-${randomUUID()}`;
  await createJobTable(client, tableName);
  return dynamoJobStore({ client, tableName });
}

/** The jobs before anybody is in a hurry: one holds the lock, or some a slot, and the others stand in line. */
async function linedUp(
  plant: Plant,
  slots: number,
  count: number,
): Promise<{ readonly jobs: ReadonlySet<JobId>; readonly started: readonly ExecutionInput[] }> {
  const { deps, key, spec, started } = plant;
  if (key.kind === 'slot') {
    const limits = { maxRunning: slots, paused: false, draining: false };
    await setQueue(deps, { project: PROJECT, name: NAME }, limits);
  }
  const jobs = new Set<JobId>();
  for (let job = 0; job < count; job += 1) jobs.add(await submitted(deps, spec));
  return { jobs, started };
}

function newPlant(on: JobStore, key: SemaphoreKey, disturbance: Disturbance): Plant {
  const { store, log } = contendedStore(on, key, disturbance === 'none' ? null : REFUSE_EVERY);
  const started: ExecutionInput[] = [];
  const plant: Plant = {
    key,
    spec: jobSpecSchema.parse({
      name: 'grants',
      project: PROJECT,
      ...(key.kind === 'lock' ? { locks: [{ name: NAME }] } : { queue: NAME }),
      ops: [{ name: 'say', action: 'log', input: { message: 'granted' } }],
    }),
    log,
    started,
    gaveUp: 0,
    deps: {
      store,
      executions: {
        start: async (input) => {
          started.push(input);
          return 'started';
        },
        stop: async () => undefined,
        describe: async () => ({ kind: 'running' }),
        startFamily: async () => 'started',
        describeFamily: async () => ({ kind: 'running' }),
        answer: async () => 'answered',
        heartbeat: async () => 'alive',
      },
      actions: {
        dispatch: async () => ({ kind: 'settled', outcome: { kind: 'succeeded' } }),
        interrupt: async () => undefined,
        look: async () => undefined,
      },
      schedules: new RecordingSchedules(),
      surroundings,
      catalog: new Map([['log', { kind: 'log' }]]),
      liveness: LIVENESS,
      quotas: DEFAULT_QUOTAS,
      retention: 'P30D',
      reportOwed: () => {
        plant.gaveUp += 1;
      },
    },
  };
  return plant;
}

/** Takes the lock from one holder after the other: a hand-off and a start each, and no job between them. */
async function passLock(plant: Plant, over: AbortSignal): Promise<void> {
  const { deps, key } = plant;
  const command = { actor: 'bench', reason: 'the next one' };
  while (!over.aborted) {
    const [hold] = await deps.store.readHolds(key, 1);
    if (hold === undefined) throw new Error('the line is through: it was too short for the time');
    await persistently(plant, over, () =>
      releaseLock(deps, { scope: PROJECT, name: NAME }, hold.jobId, command),
    );
  }
}

/** As many workers as there are slots, each running whole jobs: one op, and the end that hands the slot on. */
async function passSlots(
  plant: Plant,
  slots: number,
  line: ReadonlySet<JobId>,
  over: AbortSignal,
): Promise<void> {
  const worker = async () => {
    while (!over.aborted) {
      const input = plant.started.shift();
      if (input === undefined) await pause(1);
      // A rival ends its own.
      else if (line.has(input.jobId)) await runJob(plant, input, over);
    }
  };
  await Promise.all(Array.from({ length: slots }, worker));
}

async function runJob(plant: Plant, input: ExecutionInput, over: AbortSignal): Promise<void> {
  const { jobId, attempt, group, number } = input;
  const serves = { attempt, group, number };
  const token = randomUUID();
  await persistently(plant, over, () => performOp(plant.deps, jobId, { ...serves, op: 0, token }));
  await persistently(plant, over, () => finishJob(plant.deps, jobId, { ...serves, after: 'ops' }));
}

/** Step Functions calls a task again that gave up; so does whoever calls the API. */
async function persistently(plant: Plant, over: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  while (!over.aborted) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof ContendedError)) throw error;
      plant.gaveUp += 1;
    }
  }
}

/** Lines up and leaves again, which changes the semaphore twice. */
async function rival(plant: Plant, over: AbortSignal): Promise<void> {
  const { deps, spec } = plant;
  const cancel = { actor: 'rival', onlyIfQueued: false, force: true, rollback: false };
  while (!over.aborted) {
    const id = await submitted(deps, spec);
    await persistently(plant, over, () => cancelJob(deps, id, cancel));
    await pause(RIVAL_PAUSE_MS);
  }
}

async function submitted(deps: Deps, spec: JobSpec): Promise<JobId> {
  const answer = await submitJob(deps, { spec, submitter: SUBMITTER });
  if (!answer.ok) throw new Error(`not submitted: ${answer.refusal.detail}`);
  return answer.job.id;
}
