import { type QueueShape, queueShape } from '../contract/api/queue-shape.ts';
import { type Refused, refused } from '../contract/error-codes.ts';
import type { Deps } from '../ports/deps.ts';
import { DEFAULT_QUEUE, type Queue } from '../queue/queue.ts';
import type { SemaphoreKey } from '../semaphore/semaphore.ts';
import { whoIsInLine } from './who-is-in-line.ts';

/** What a queue is asked for by. */
type QueueName = Pick<Queue, 'project' | 'name'>;

type SetQueue = Omit<Queue, 'schema' | 'version'>;

/** All queues of a project, by name. */
export async function listQueues(deps: Pick<Deps, 'store'>, project: string): Promise<readonly QueueShape[]> {
  const set = await deps.store.listQueues(project);
  const hasDefault = set.some(({ name }) => name === DEFAULT_QUEUE);
  const all = hasDefault ? set : [...set, unlimited({ project, name: DEFAULT_QUEUE })];
  return shapesOf(
    deps,
    all.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  );
}

/** One queue, with who holds something of it and who waits. */
export async function findQueue(
  deps: Pick<Deps, 'store'>,
  named: QueueName,
): Promise<{ readonly ok: true; readonly queue: QueueShape } | Refused> {
  const { project, name } = named;
  const stored = await deps.store.readQueue(project, name);
  if (stored === null && name !== DEFAULT_QUEUE) {
    return refused(
      'QueueNotFound',
      `Project ${project} has no queue '${name}'; PUT /queues/${name} makes it.`,
    );
  }
  const [[shape], admission, slot] = await Promise.all([
    shapesOf(deps, [stored ?? unlimited(named)]),
    whoIsInLine(deps, keyOf(named, 'admission'), everyone),
    whoIsInLine(deps, keyOf(named, 'slot'), everyone),
  ]);
  if (shape === undefined) throw new Error('a queue has a shape');
  const ofAdmission = { of: 'admission' as const };
  const ofSlot = { of: 'slot' as const };
  return {
    ok: true,
    queue: {
      ...shape,
      holders: [
        ...slot.holders.map((holder) => ({ ...holder, ...ofSlot })),
        ...admission.holders.map((holder) => ({ ...holder, ...ofAdmission })),
      ],
      waiters: [
        ...slot.waiters.map((waiter) => ({ ...waiter, ...ofSlot })),
        ...admission.waiters.map((waiter) => ({ ...waiter, ...ofAdmission })),
      ],
    },
  };
}

/** The queue that every project has, before anybody sets anything of it. */
function unlimited(named: QueueName): SetQueue {
  return { ...named, paused: false, draining: false };
}

async function shapesOf(
  { store }: Pick<Deps, 'store'>,
  queues: readonly SetQueue[],
): Promise<readonly QueueShape[]> {
  const lines = await store.readLines(
    queues.flatMap((queue) => [keyOf(queue, 'admission'), keyOf(queue, 'slot')]),
  );
  return queues.map((queue, position) =>
    queueShape(queue, {
      admission: lines[2 * position]?.semaphore ?? null,
      slot: lines[2 * position + 1]?.semaphore ?? null,
    }),
  );
}

function keyOf({ project, name }: QueueName, kind: 'admission' | 'slot'): SemaphoreKey {
  return { scope: project, kind, name };
}

/** Only jobs of the queue's own project stand in its lines. */
function everyone(): boolean {
  return true;
}
