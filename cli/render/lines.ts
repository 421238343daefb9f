import type { HolderShape, WaiterShape } from '../../core/contract/api/line-shape.ts';
import type { QueueShape } from '../../core/contract/api/queue-shape.ts';
import type { LockShape, ResourceShape } from '../../core/contract/api/semaphore-shape.ts';
import { moment } from './moment.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';

/** Queues; of one that was asked for by name also who holds its slots and who waits. */
export function renderQueues(queues: readonly QueueShape[], style: Style): string {
  const rows = queues.map((queue): Cell[] => [
    queue.name,
    `${queue.running}/${queue.maxRunning ?? '∞'}`,
    `${queue.admitted}/${queue.maxAdmitted ?? '∞'}`,
    String(queue.waiting),
    stateOf(queue.paused, queue.draining),
  ]);
  const all = table(['QUEUE', 'RUNNING', 'ADMITTED', 'WAITING', 'STATE'], rows, style);
  return [all, ...queues.map((queue) => renderLine(queue, style))].filter(Boolean).join('\n\n');
}

export function renderResources(resources: readonly ResourceShape[], style: Style): string {
  if (resources.length === 0) return 'No resources.';
  const rows = resources.map((resource): Cell[] => [
    resource.name,
    resource.scope,
    `${resource.held}/${resource.capacity}`,
    String(resource.waiting),
    stateOf(resource.paused),
  ]);
  const all = table(['RESOURCE', 'SCOPE', 'HELD', 'WAITING', 'STATE'], rows, style);
  return [all, ...resources.map((resource) => renderLine(resource, style))].filter(Boolean).join('\n\n');
}

export function renderLocks(locks: readonly LockShape[], style: Style): string {
  if (locks.length === 0) return 'No locks.';
  const rows = locks.map((lock): Cell[] => [
    lock.name,
    lock.scope,
    lock.mode === undefined ? 'free' : `${lock.mode}, ${lock.held}`,
    String(lock.waiting),
    stateOf(lock.paused),
  ]);
  const all = table(['LOCK', 'SCOPE', 'HELD', 'WAITING', 'STATE'], rows, style);
  return [all, ...locks.map((lock) => renderLine(lock, style))].filter(Boolean).join('\n\n');
}

interface Line {
  readonly holders?: readonly (HolderShape & { readonly of?: string })[] | undefined;
  readonly waiters?: readonly (WaiterShape & { readonly of?: string })[] | undefined;
}

/** Who holds and who waits; nothing where that was not asked for. */
function renderLine({ holders = [], waiters = [] }: Line, style: Style): string {
  if (holders.length + waiters.length === 0) return '';
  const rows = [
    ...holders.map((holder): Cell[] => ['holds', ...someone(holder, style)]),
    ...waiters.map((waiter): Cell[] => [`waits, ${waiter.position}.`, ...someone(waiter, style)]),
  ];
  return table(['', 'JOB', 'HOW', 'SINCE', 'OWNER'], rows, style);
}

function someone(one: HolderShape & { readonly of?: string | undefined }, style: Style): Cell[] {
  const how = [one.of, one.mode, one.units === undefined ? undefined : unitsText(one.units)];
  return [
    one.jobId ?? 'of another project',
    how.filter((part) => part !== undefined).join(', '),
    moment(one.since, style),
    plainText(one.owner ?? ''),
  ];
}

function unitsText(units: number): string {
  return units === 1 ? '1 unit' : `${units} units`;
}

function stateOf(isPaused: boolean, isDraining = false): Cell {
  const states = [...(isPaused ? ['paused'] : []), ...(isDraining ? ['draining'] : [])];
  return states.length === 0 ? 'open' : { text: states.join(', '), colour: 'yellow' };
}
