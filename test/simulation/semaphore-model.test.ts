import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobSpecSchema } from '../../core/contract/job-spec.ts';
import { type JobId, jobIdSchema } from '../../core/job/identifiers.ts';
import { isSettled } from '../../core/job/status.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { DEFAULT_QUOTAS } from '../../core/quota/quotas.ts';
import type { SemaphoreKey } from '../../core/semaphore/semaphore.ts';
import { cancelJob } from '../../core/usecases/cancel-job.ts';
import { changePriority } from '../../core/usecases/change-priority.ts';
import { setResource } from '../../core/usecases/set-resource.ts';
import { submitJob } from '../../core/usecases/submit-job.ts';
import { InMemoryJobStore } from '../support/in-memory-job-store.ts';
import { LIVENESS } from '../support/liveness.ts';
import { RecordingActions } from '../support/recording-actions.ts';
import { RecordingExecutions } from '../support/recording-executions.ts';
import { RecordingSchedules } from '../support/recording-schedules.ts';
import { SIMULATED_ACTIONS } from '../support/simulation/job-plan.ts';

const RUNS = 200;
const MAX_COMMANDS = 50;
const LIMIT_MS = 120_000;

const START = Date.UTC(2026, 0, 1);
/** Half an hour of waiting is worth a step of priority. */
const PRIORITY_STEP_MS = 30 * 60 * 1000;
const THREE_HOURS_MS = 3 * 60 * 60 * 1000;
const MAX_CAPACITY = 6;
const TAPE: SemaphoreKey = { scope: 'web', kind: 'resource', name: 'tape' };

interface Member {
  readonly id: JobId;
  readonly units: number;
  priority: number;
  rank: number;
}

/** A semaphore as one would explain it: who holds, who stands in line, and the front goes first. */
class Model {
  capacity = MAX_CAPACITY;
  paused = false;
  now = START;
  clock = 0;
  submitted = 0;
  holders: Member[] = [];
  line: Member[] = [];

  get held(): number {
    return this.holders.reduce((sum, { units }) => sum + units, 0);
  }

  /** The front goes as long as it fits, and nobody else before it. */
  moveUp(): void {
    this.line.sort((one, other) => one.rank - other.rank || (one.id < other.id ? -1 : 1));
    for (;;) {
      const [front] = this.line;
      if (front === undefined || this.paused || this.held + front.units > this.capacity) return;
      this.line.shift();
      this.holders.push(front);
    }
  }
}

/** The use cases on a store in memory, with nothing that goes wrong. */
class Real {
  readonly store = new InMemoryJobStore();
  readonly problems: unknown[] = [];
  readonly fences: number[] = [];
  now = START;
  #ids = 0;
  readonly deps: Deps = {
    store: this.store,
    executions: new RecordingExecutions(),
    actions: new RecordingActions(),
    schedules: new RecordingSchedules(),
    surroundings: {
      now: () => this.now,
      jobId: () => {
        this.#ids += 1;
        return idOf(this.#ids);
      },
      nonce: () => 'nonce',
      random: () => 0.5,
      pause: async () => {},
    },
    catalog: SIMULATED_ACTIONS,
    liveness: LIVENESS,
    quotas: DEFAULT_QUOTAS,
    retention: 'P30D',
    reportOwed: (_effect, error) => this.problems.push(error),
  };
}

type Command = fc.AsyncCommand<Model, Real>;

class Submit implements Command {
  readonly units: number;
  readonly priority: number;

  constructor(units: number, priority: number) {
    this.units = units;
    this.priority = priority;
  }

  /** More than there is would be refused. */
  check({ capacity }: Readonly<Model>): boolean {
    return this.units <= capacity;
  }

  async run(model: Model, real: Real): Promise<void> {
    tick(model, real, 1);
    const submitted = await submitJob(real.deps, {
      spec: jobSpecSchema.parse({
        name: 'job',
        project: 'web',
        priority: this.priority,
        resources: [{ name: TAPE.name, units: this.units }],
        ops: [{ name: 'op', action: 'log', input: { message: 'hello' } }],
      }),
      submitter: { user: 'ann', groups: [] },
    });
    expect(submitted.ok).toBe(true);
    model.submitted += 1;
    model.clock = Math.max(model.now, model.clock + 1);
    const rank = model.clock + this.priority * PRIORITY_STEP_MS;
    model.line.push({ id: idOf(model.submitted), units: this.units, priority: this.priority, rank });
    model.moveUp();
    await compare(model, real);
  }

  toString(): string {
    return `submit(${this.units} units, priority ${this.priority})`;
  }
}

class Cancel implements Command {
  readonly which: number;

  constructor(which: number) {
    this.which = which;
  }

  check({ submitted }: Readonly<Model>): boolean {
    return submitted > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    tick(model, real, 1);
    const id = idOf(1 + (this.which % model.submitted));
    const canceled = await cancelJob(real.deps, id, {
      actor: 'ann',
      onlyIfQueued: false,
      force: false,
      rollback: true,
    });
    const isThere = [...model.holders, ...model.line].some((member) => member.id === id);
    expect(canceled.ok).toBe(isThere);
    model.holders = model.holders.filter((member) => member.id !== id);
    model.line = model.line.filter((member) => member.id !== id);
    model.moveUp();
    await compare(model, real);
  }

  toString(): string {
    return `cancel(${this.which})`;
  }
}

class Reprioritise implements Command {
  readonly which: number;
  readonly priority: number;

  constructor(which: number, priority: number) {
    this.which = which;
    this.priority = priority;
  }

  check({ line }: Readonly<Model>): boolean {
    return line.length > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    tick(model, real, 1);
    const member = model.line[this.which % model.line.length];
    if (member === undefined) return;
    const { priority } = this;
    const changed = await changePriority(real.deps, member.id, { actor: 'ann', priority });
    expect(changed.ok).toBe(true);
    member.rank += (priority - member.priority) * PRIORITY_STEP_MS;
    member.priority = priority;
    model.moveUp();
    await compare(model, real);
  }

  toString(): string {
    return `reprioritise(${this.which}, ${this.priority})`;
  }
}

class Resize implements Command {
  readonly capacity: number;
  readonly paused: boolean;

  constructor(capacity: number, paused: boolean) {
    this.capacity = capacity;
    this.paused = paused;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    tick(model, real, 1);
    const { capacity, paused } = this;
    await setResource(real.deps, { scope: TAPE.scope, name: TAPE.name }, { capacity, paused });
    model.capacity = capacity;
    model.paused = paused;
    model.moveUp();
    await compare(model, real);
  }

  toString(): string {
    return `resize(${this.capacity}${this.paused ? ', paused' : ''})`;
  }
}

class Pass implements Command {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    tick(model, real, this.milliseconds);
  }

  toString(): string {
    return `pass(${this.milliseconds} ms)`;
  }
}

describe('a semaphore', () => {
  it('is what a line of people would be, whatever is asked of it', { timeout: LIMIT_MS }, async () => {
    const priority = fc.integer({ min: -20, max: 19 });
    const commands = fc.commands<Model, Real, false>(
      [
        fc.tuple(fc.integer({ min: 1, max: MAX_CAPACITY }), priority).map((args) => new Submit(...args)),
        fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constant(0)).map((args) => new Submit(...args)),
        fc.nat(MAX_COMMANDS).map((which) => new Cancel(which)),
        fc.tuple(fc.nat(MAX_COMMANDS), priority).map((args) => new Reprioritise(...args)),
        fc.tuple(fc.nat(MAX_CAPACITY), fc.nat(4)).map(([size, dice]) => new Resize(size, dice === 0)),
        fc.nat(THREE_HOURS_MS).map((milliseconds) => new Pass(milliseconds)),
      ],
      { maxCommands: MAX_COMMANDS, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(commands, (run) => fc.asyncModelRun(start, run)),
      { numRuns: RUNS },
    );
  });
});

async function start(): Promise<{ readonly model: Model; readonly real: Real }> {
  const real = new Real();
  await setResource(
    real.deps,
    { scope: TAPE.scope, name: TAPE.name },
    { capacity: MAX_CAPACITY, paused: false },
  );
  return { model: new Model(), real };
}

function tick(model: Model, real: Real, milliseconds: number): void {
  model.now += milliseconds;
  real.now += milliseconds;
}

/** What is stored is what the model says: who holds, who waits in which order, and what their jobs show. */
async function compare(model: Model, { store, problems, fences }: Real): Promise<void> {
  expect(problems).toEqual([]);
  const [line] = await store.readLines([TAPE]);
  const holds = await store.readHolds(TAPE, MAX_COMMANDS);
  const waits = await store.readWaits(TAPE, MAX_COMMANDS);
  const byId = model.holders
    .map(({ id, units }) => ({ id, units }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  expect(holds.map(({ jobId, units }) => ({ id: jobId, units }))).toEqual(byId);
  expect(waits.map(({ jobId, rank }) => ({ id: jobId, rank }))).toEqual(
    model.line.map(({ id, rank }) => ({ id, rank })),
  );
  expect(line?.semaphore).toMatchObject({
    capacity: model.capacity,
    paused: model.paused,
    held: model.held,
    waiting: model.line.length,
  });
  for (const { fence } of holds) if (!fences.includes(fence)) fences.push(fence);
  expect(line?.semaphore?.fence).toBe(Math.max(0, ...fences));
  for (const job of store.heads()) {
    const isHolder = model.holders.some(({ id }) => id === job.id);
    const isWaiter = model.line.some(({ id }) => id === job.id);
    const words = isHolder ? 'starting' : isWaiter ? 'resource' : 'settled';
    const found = isSettled(job.status) ? 'settled' : 'waitReason' in job ? job.waitReason : job.status;
    expect(found).toBe(words);
  }
}

/** Ids that sort as they were given out. */
function idOf(number: number): JobId {
  return jobIdSchema.parse(`01KAQ3R8ZZ${String(number).padStart(16, '0')}`);
}
