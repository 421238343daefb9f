import type { JobStore } from '../../../core/ports/job-store.ts';
import { InMemoryJobStore } from '../in-memory-job-store.ts';
import { type ContentionPlan, planContention } from './contention-plan.ts';
import type { Sight } from './coverage.ts';
import { planFamilies } from './family-plan.ts';
import { type FaultRates, Faults, NO_FAULTS, type Outage, type Port } from './faults.ts';
import { isForetold } from './foretold-commands.ts';
import { planJob } from './job-plan.ts';
import { MACHINES } from './machines.ts';
import type { Mutation } from './mutation.ts';
import { playOut } from './play-out.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import type { Machines } from './step-functions.ts';
import { Trace } from './trace.ts';
import type { Violation } from './violation.ts';
import { World } from './world.ts';

/** Jobs by themselves, in all that may become of one; jobs that are in each other's way; parents and children. */
export type Kind = 'jobs' | 'contention' | 'families';

export interface HistoryOptions {
  readonly kind: Kind;
  readonly seed: number;
  /** Whether to word what happens. */
  readonly trace?: boolean;
  readonly mutation?: Mutation;
  /** In memory if it is not given. */
  readonly store?: JobStore;
  /** Those that are deployed, if it is not given. */
  readonly machines?: Machines;
}

/** What became of one history. */
export interface History {
  readonly kind: Kind;
  readonly seed: number;
  readonly violation: Violation | null;
  readonly sights: ReadonlySet<Sight>;
  readonly steps: number;
  readonly trace: readonly string[];
}

/** Parsing what is stored takes a sixth of a history: it is done in one of so many. */
const SHAPES_CHECKED_EVERY = 12;

const START = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const QUIET_AFTER_MS: Readonly<Record<Kind, number>> = {
  jobs: 30 * MINUTE_MS,
  contention: 5 * MINUTE_MS,
  families: 10 * MINUTE_MS,
};

/** Design: an execution hands over after 300 days. */
const SEGMENT_MS = 300 * 24 * 60 * MINUTE_MS;
const END_OF_MONTHS_MS = SEGMENT_MS + 24 * 60 * MINUTE_MS;

/** One history of the whole system by one seed: faults for a while, then quiet until all has settled. */
export async function runHistory(options: HistoryOptions): Promise<History> {
  const random = new Random(options.seed);
  const scheduler = new Scheduler(START, random.fork());
  const weather = faultsOf(random);
  const { rates } = weather;
  const trace = new Trace(options.trace === true, () => scheduler.now());
  const isCalm = rates === NO_FAULTS;
  const plan = planOf(options.kind, random);
  const { jobs, settings } = isCalm && random.chance(0.5) ? withoutSurprises(plan) : plan;
  const isLong = !isCalm && jobs.some(({ lastsMonths }) => lastsMonths) && random.chance(0.6);
  const outages = isLong ? [...weather.outages, outageOfMonths(random)] : weather.outages;
  const world = new World({
    scheduler,
    trace,
    faults: new Faults(rates, outages, random.fork()),
    plans: jobs,
    settings,
    random: random.fork(),
    store: options.store ?? new InMemoryJobStore({ checksShapes: options.seed % SHAPES_CHECKED_EVERY === 0 }),
    machines: options.machines ?? MACHINES,
    mutation: options.mutation ?? {},
    isCalm,
  });
  const quietAfterMs = isLong ? END_OF_MONTHS_MS : random.int(10_000, QUIET_AFTER_MS[options.kind]);
  const violation = await playOut(world, quietAfterMs);
  return {
    kind: options.kind,
    seed: options.seed,
    violation,
    sights: world.coverage.all(),
    steps: scheduler.taken(),
    trace: trace.lines(),
  };
}

/** Just when an execution that waits gets too old and hands over to the next, which nobody can start. */
function outageOfMonths(random: Random): Outage {
  const from = START + SEGMENT_MS;
  return { port: 'executions', from, to: from + random.int(MINUTE_MS, 8 * MINUTE_MS) };
}

/** With what lets the end of every job be foretold, and nothing else. */
function withoutSurprises({ jobs, settings }: ContentionPlan): ContentionPlan {
  return { settings, jobs: jobs.map((job) => ({ ...job, commands: job.commands.filter(isForetold) })) };
}

function planOf(kind: Kind, random: Random): ContentionPlan {
  switch (kind) {
    case 'jobs':
      return planJobs(random);
    case 'contention':
      return planContention(random, START);
    case 'families':
      return planFamilies(random);
  }
}

function planJobs(random: Random): ContentionPlan {
  const count = Number(random.weighted({ '1': 70, '2': 20, '3': 10 }));
  return {
    jobs: Array.from({ length: count }, (_, position) => planJob(random, position)),
    settings: [],
  };
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
    outageOnHold: 0.03 * much,
    skewMs: random.chance(0.5) ? 0 : random.int(1, 400),
  };
  const count = weather === 'outages' ? random.int(1, 3) : 0;
  const outages = Array.from({ length: count }, (): Outage => {
    const from = START + (random.chance(0.2) ? 0 : random.int(0, 5 * MINUTE_MS));
    const port = random.pick<Port>([
      'store',
      'store',
      'executions',
      'executions',
      'actions',
      'schedules',
      'bus',
    ]);
    return { port, from, to: from + random.int(2_000, 8 * MINUTE_MS) };
  });
  return { rates, outages };
}
