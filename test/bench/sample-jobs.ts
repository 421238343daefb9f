/** What an external worker says of a try. */
export interface WorkersAnswer {
  readonly op: number;
  readonly try: number;
  readonly verb: 'complete' | 'fail';
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What a job asks for before it starts. */
interface Needs {
  readonly queue?: string;
  readonly locks?: readonly { readonly name: string }[];
}

/** A job to measure by. */
export interface SampleJob {
  readonly name: string;
  readonly ops: readonly Readonly<Record<string, unknown>>[];
  readonly needs?: Needs;
  /** What its workers answer, in this order. */
  readonly workers?: readonly WorkersAnswer[];
}

/** Of each job that is measured, as the targets have it. */
export const OPS = 5;

/** The queue whose slots the jobs take that need one. */
export const QUEUE = 'bench';

/** What the targets' job needs: a slot of a queue that has a limit, and a lock for itself alone. */
export const SLOT_AND_LOCK: Needs = { queue: QUEUE, locks: [{ name: 'bench/site' }] };

/** Of the line in which a hand-off is timed; a queue without a limit has no slots. */
export const LOCK_ONLY = { locks: [{ name: 'bench/hand-off' }] } as const;

const positions = Array.from({ length: OPS }, (_, position) => position);

const log = (position: number, step = 'RUN') => ({
  name: `say-${position}`,
  step,
  action: 'log',
  input: { message: `line ${position}` },
});

const external = (position: number) => ({
  name: `work-${position}`,
  action: 'manual-work',
  input: { page: `page-${position}` },
});

/** One kind of action each, five times: built in, a Lambda function (the example's), and a worker. */
export const KINDS = {
  log: { name: 'log', ops: positions.map((position) => log(position)) },
  lambda: {
    name: 'lambda',
    ops: positions.map((position) => ({
      name: `build-${position}`,
      action: 'site-build',
      input: { site: 'docs' },
    })),
  },
  external: {
    name: 'external',
    ops: positions.map(external),
    workers: positions.map((op) => ({ op, try: 1, verb: 'complete' })),
  },
} as const satisfies Record<string, SampleJob>;

export type Kind = keyof typeof KINDS;

export const KIND_NAMES: readonly Kind[] = ['log', 'lambda', 'external'];

const PRE_OPS = 2;

/** Ops before the job's date and approval: an execution of their own. */
export const WITH_PRE_OPS: SampleJob = {
  name: 'pre',
  ops: positions.map((position) => log(position, position < PRE_OPS ? 'PRE' : 'RUN')),
};

/** One op that is done when a worker says so: how long the lock is held is the bench's to say. */
export const HOLDS_THE_LOCK: SampleJob = { name: 'holds-the-lock', ops: [external(0)], needs: LOCK_ONLY };

/** Keeps a slot for as long as the bench likes. */
export const HOLDS_A_SLOT: SampleJob = {
  name: 'holds-a-slot',
  ops: [external(0)],
  needs: { queue: QUEUE },
  workers: [{ op: 0, try: 1, verb: 'complete' }],
};

/** The first op fails once, and its second try succeeds. */
export const WITH_A_RETRY: SampleJob = {
  name: 'retry',
  ops: [
    { ...external(0), retry: { maxAttempts: 2, interval: 'PT1S' } },
    ...positions.slice(1).map((position) => log(position)),
  ],
  workers: [
    { op: 0, try: 1, verb: 'fail', body: { error: { code: 'Flaky', message: 'once' } } },
    { op: 0, try: 2, verb: 'complete' },
  ],
};

const FLAKY = { error: { code: 'Flaky', message: 'once more' } };

const after = (first: Readonly<Record<string, unknown>>) => [
  first,
  ...positions.slice(1).map((position) => log(position)),
];

/** The first op fails twice, and its third try succeeds. */
export const RETRIED_TWICE: SampleJob = {
  name: 'retried-twice',
  ops: after({ ...external(0), retry: { maxAttempts: 3, interval: 'PT1S', backoff: 1 } }),
  workers: [
    { op: 0, try: 1, verb: 'fail', body: FLAKY },
    { op: 0, try: 2, verb: 'fail', body: FLAKY },
    { op: 0, try: 3, verb: 'complete' },
  ],
};

/** The first op fails, and its job waits for an answer. */
export const TRAPS: SampleJob = {
  name: 'traps',
  ops: after({ ...external(0), onError: 'trap' }),
  workers: [{ op: 0, try: 1, verb: 'fail', body: FLAKY }],
};

/** The first op runs for as long as the bench likes. */
export const PAUSABLE: SampleJob = {
  name: 'pausable',
  ops: after(external(0)),
  workers: [{ op: 0, try: 1, verb: 'complete' }],
};

/** Ops that are done when the one fails that is to run again. */
const DONE_BEFORE = 2;

/** It fails in its middle. */
export const FAILS: SampleJob = {
  name: 'fails',
  ops: positions.map((position) => (position === DONE_BEFORE ? external(position) : log(position))),
  workers: [{ op: DONE_BEFORE, try: 1, verb: 'fail', body: FLAKY }],
};

/** Every op of it can be undone. */
export const UNDOABLE: SampleJob = {
  name: 'undoable',
  ops: positions.map((position) => ({
    ...log(position),
    rollback: { action: 'log', input: { message: `line ${position} is taken back` } },
  })),
};
