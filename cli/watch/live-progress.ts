import { Listr, type ListrTask, PRESET_TIMER } from 'listr2';
import type { EntryShape } from '../../core/contract/api/entry-shape.ts';
import type { JobShape } from '../../core/contract/api/job-shape.ts';
import type { OpShape } from '../../core/contract/api/op-shape.ts';
import { plainText } from '../render/plain-text.ts';
import { hasEnded } from './follow-job.ts';

/** How something of the job ended; null while it has not. */
type End = { readonly kind: 'done' | 'failed' | 'skipped'; readonly message: string } | null;

type Look = (job: JobShape, ops: readonly OpShape[]) => End;

/** A live list of a job's ops on a terminal, fed from outside. */
export interface LiveProgress {
  entry(entry: EntryShape): void;
  state(job: JobShape, ops: readonly OpShape[]): void;
  /** Once the list shows the last of what it was fed. */
  ended(): Promise<void>;
  /** Nothing more comes. */
  stop(): void;
}

/** Ops in the order in which they can run: what undoes a job comes before its POST. */
export function liveProgress(): LiveProgress {
  const feed = new Feed();
  let running: Promise<unknown> | undefined;
  return {
    entry: (entry) => feed.say(entry.op === undefined ? entry.message : `${entry.op.name}: ${entry.message}`),
    state(job, ops) {
      running ??= listOf(feed, ops).run();
      feed.update(job, ops);
    },
    stop: () => feed.stop(),
    async ended() {
      await running;
    },
  };
}

function listOf(feed: Feed, ops: readonly OpShape[]): Listr {
  const own = ops.filter(({ rollbackOf }) => rollbackOf === undefined);
  const before = own.filter(({ step }) => step !== 'POST').map((op) => taskOf(feed, op));
  const post = own.filter(({ step }) => step === 'POST').map((op) => taskOf(feed, op));
  const undo = { title: 'undo', task: watchTask(feed, endOfUndo) };
  return new Listr([...before, undo, ...post], {
    exitOnError: false,
    registerSignalListeners: false,
    silentRendererCondition: () => !process.stdout.isTTY,
    rendererOptions: {
      collapseErrors: false,
      showErrorMessage: true,
      collapseSkips: false,
      timer: PRESET_TIMER,
    },
  });
}

function taskOf(feed: Feed, { index, step, name }: OpShape): ListrTask {
  return { title: `${step} ${name}`, task: watchTask(feed, endOfOp(index)) };
}

function watchTask(feed: Feed, look: Look): ListrTask['task'] {
  return async (_context, task) => {
    const end = await feed.until(look, (message) => {
      task.output = message;
    });
    if (end.kind === 'skipped') task.skip(`${task.title} (${end.message})`);
    if (end.kind === 'failed') throw new Error(`${task.title}: ${end.message}`);
  };
}

function endOfOp(index: number): Look {
  return (job, ops) => {
    const op = ops.find((candidate) => candidate.index === index);
    const asks = job.trap?.op === index;
    if (op?.status === 'success')
      return { kind: op.skipped === true ? 'skipped' : 'done', message: 'skipped' };
    if (op?.status === 'error' && !asks) {
      return { kind: 'failed', message: plainText(op.error?.message ?? 'failed') };
    }
    const isOver = op?.status === 'canceled' || hasEnded(job);
    const isUndone = op?.step !== 'POST' && op?.status === 'queued' && job.status === 'ROLLING_BACK';
    return isOver || isUndone ? { kind: 'skipped', message: 'did not run' } : null;
  };
}

function endOfUndo(job: JobShape, ops: readonly OpShape[]): End {
  const { outcome } = job.rollback;
  if (outcome === 'ok') return { kind: 'done', message: '' };
  if (outcome === 'failed') return { kind: 'failed', message: 'something could not be undone' };
  const isPost = ops.some(({ step, status }) => step === 'POST' && status !== 'queued');
  return (isPost && outcome === 'none') || hasEnded(job)
    ? { kind: 'skipped', message: 'nothing to undo' }
    : null;
}

/** Hands what happens to whoever waits for a part of it. */
class Feed {
  #latest: { readonly job: JobShape; readonly ops: readonly OpShape[] } | undefined;
  #message = '';
  #isStopped = false;
  readonly #wakers = new Set<() => void>();

  say(message: string): void {
    this.#message = plainText(message);
    this.#wake();
  }

  update(job: JobShape, ops: readonly OpShape[]): void {
    this.#latest = { job, ops };
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  async until(look: Look, say: (message: string) => void): Promise<NonNullable<End>> {
    for (;;) {
      const end = this.#latest === undefined ? null : look(this.#latest.job, this.#latest.ops);
      if (end !== null) return end;
      if (this.#isStopped) return { kind: 'skipped', message: 'goes on' };
      say(this.#message);
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) wake();
  }
}
