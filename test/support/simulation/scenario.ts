import type { Job } from '../../../core/job/job.ts';
import { InMemoryJobStore } from '../in-memory-job-store.ts';
import { Faults, NO_FAULTS } from './faults.ts';
import type { JobPlan } from './job-plan.ts';
import { MACHINES } from './machines.ts';
import { playOut } from './play-out.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import type { Execution } from './state-machine.ts';
import { Trace } from './trace.ts';
import { World } from './world.ts';

/** What became of one job that met no fault. */
export interface Scenario {
  readonly job: Job;
  readonly executions: readonly Execution[];
}

const START = Date.UTC(2026, 0, 1);

/** Runs one given job through the real machine and the real use cases; throws if an invariant breaks. */
export async function runScenario(plan: JobPlan, seed = 1, machines = MACHINES): Promise<Scenario> {
  const random = new Random(seed);
  const scheduler = new Scheduler(START, random.fork());
  const world = new World({
    scheduler,
    random,
    faults: new Faults(NO_FAULTS, [], random.fork()),
    trace: new Trace(false, () => scheduler.now()),
    store: new InMemoryJobStore(),
    machines,
    plans: [plan],
    settings: [],
    mutation: {},
    isCalm: true,
  });
  const violation = await playOut(world, 0);
  if (violation !== null) throw violation;
  const [known] = world.ledger.all();
  if (known === undefined) throw new Error('the job was never stored');
  return { job: known.head, executions: world.stepFunctions.executions() };
}
