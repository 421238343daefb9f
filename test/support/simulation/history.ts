import type { Instant } from '../../../core/job/instant.ts';
import type { JobStore } from '../../../core/ports/job-store.ts';
import { InMemoryJobStore } from '../in-memory-job-store.ts';
import type { Sight } from './coverage.ts';
import { checkEnd } from './end-checks.ts';
import { type FaultRates, Faults, NO_FAULTS, type Outage, type Port } from './faults.ts';
import { JOB_MACHINE } from './job-machine.ts';
import { planJob } from './job-plan.ts';
import type { Mutation } from './mutation.ts';
import { checkDispatched, checkProgress } from './progress-checks.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';
import { Violation } from './violation.ts';
import { World } from './world.ts';

export interface HistoryOptions {
  readonly seed: number;
  /** Whether to word what happens. */
  readonly trace?: boolean;
  readonly mutation?: Mutation;
  /** In memory if it is not given. */
  readonly store?: JobStore;
}

/** What became of one history. */
export interface History {
  readonly seed: number;
  readonly violation: Violation | null;
  readonly sights: ReadonlySet<Sight>;
  readonly steps: number;
  readonly jobs: number;
  readonly trace: readonly string[];
}

const START = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;

/** No history of the generator needs as many; one that does goes round in circles. */
const MAX_STEPS = 400_000;

/** One history of the whole system by one seed: faults for a while, then quiet until all has settled. */
export async function runHistory(options: HistoryOptions): Promise<History> {
  const random = new Random(options.seed);
  const scheduler = new Scheduler(START, random.fork());
  const { rates, outages } = faultsOf(random);
  const faults = new Faults(rates, outages, random.fork());
  const trace = new Trace(options.trace === true, () => scheduler.now());
  const jobs = random.weighted({ '1': 70, '2': 20, '3': 10 });
  const plans = Array.from({ length: Number(jobs) }, (_, position) => planJob(random, position));
  const world = new World({
    scheduler,
    faults,
    trace,
    plans,
    random: random.fork(),
    store: options.store ?? new InMemoryJobStore(),
    machine: JOB_MACHINE,
    mutation: options.mutation ?? {},
    isCalm: rates === NO_FAULTS,
  });
  const outagesMs = outages.reduce((sum, { from, to }) => sum + (to - from), 0);
  let quietSince: Instant | null = null;
  scheduler.after(random.int(10_000, 30 * MINUTE_MS), () => {
    faults.end();
    quietSince = scheduler.now();
    trace.add('', () => '———— from here on nothing goes wrong ————');
  });

  const violation = await violationOf(async () => {
    let checkedAt = 0;
    while (await scheduler.step()) {
      world.check();
      const now = scheduler.now();
      if (now === checkedAt) continue;
      checkedAt = now;
      world.debts.check(now, { quietSince, outagesMs });
      if (quietSince !== null) checkProgress(world, quietSince);
      if (quietSince !== null) checkDispatched(world, quietSince);
      if (scheduler.taken() > MAX_STEPS) throw new Violation('liveness', `not over after ${MAX_STEPS} steps`);
    }
    await checkEnd(world);
  });
  return {
    seed: options.seed,
    violation,
    sights: world.coverage.all(),
    steps: scheduler.taken(),
    jobs: world.ledger.all().length,
    trace: trace.lines(),
  };
}

async function violationOf(run: () => Promise<void>): Promise<Violation | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
}

/** How bad it is: nothing at all, what happens now and then, what happens all the time, or outages. */
function faultsOf(random: Random): { rates: FaultRates; outages: readonly Outage[] } {
  const weather = random.weighted({ calm: 20, light: 45, rough: 20, outages: 15 });
  if (weather === 'calm') return { rates: NO_FAULTS, outages: [] };
  const much = weather === 'rough' ? 4 : 1;
  const rates: FaultRates = {
    crash: 0.006 * much,
    refuse: 0.01 * much,
    lose: 0.006 * much,
    stall: 0.003 * much,
    invocation: 0.02 * much,
    duplicate: 0.1 * much,
    late: 0.05 * much,
    loseEvent: 0.15 * much,
    skewMs: random.chance(0.5) ? 0 : random.int(1, 400),
  };
  const count = weather === 'outages' ? random.int(1, 3) : 0;
  const outages = Array.from({ length: count }, (): Outage => {
    const from = START + random.int(0, 5 * MINUTE_MS);
    const port = random.pick<Port>(['store', 'store', 'executions', 'actions', 'bus']);
    return { port, from, to: from + random.int(2_000, 6 * MINUTE_MS) };
  });
  return { rates, outages };
}
