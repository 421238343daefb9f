import { isLive, isRegaining, type Job } from '../../../core/job/job.ts';
import { isSettled } from '../../../core/job/status.ts';
import type { CommittedChange } from './commit-checks.ts';
import type { FamilySight } from './coverage.ts';
import { sharedNeeds } from './expected-needs.ts';
import type { World } from './world.ts';

/** Notes what a commit shows of parents and children, before it is in the ledger. */
export function sawFamily(world: World, committed: CommittedChange): void {
  const { change, before } = committed;
  if (
    change.job.parent === undefined &&
    change.job.children === undefined &&
    before?.head.children === undefined
  ) {
    if (!isRegaining(change.job) && (before === undefined || !isRegaining(before.head))) return;
  }
  const sights = [
    ...groupSights(world, committed),
    ...parentSights(world, committed),
    ...childSights(world, committed),
  ];
  for (const sight of sights) world.coverage.saw(sight);
}

function groupSights({ ledger }: World, { change }: CommittedChange): readonly FamilySight[] {
  const { group: write, transition } = change;
  if (write?.kind === 'open') {
    return [
      ...(write.group.verb === 'undo' ? (['children are undone'] as const) : []),
      ...(write.group.try > 1 ? (['children are made again'] as const) : []),
    ];
  }
  if (write === undefined) return [];
  const known = ledger.families.get(write.ref);
  const isHalf = known !== undefined && known.children.size < known.total;
  return [
    ...(isHalf ? (['closed with the fan-out half done'] as const) : []),
    ...(transition === 'close children'
      ? [
          write.closed.error?.code === 'ChildrenFailed'
            ? ('rest canceled' as const)
            : ('rest given up' as const),
        ]
      : []),
    ...(transition === 'await children' ? (['children out of time'] as const) : []),
  ];
}

function parentSights({ stepFunctions }: World, { change, before }: CommittedChange): readonly FamilySight[] {
  const { job, transition } = change;
  const head = before?.head;
  const hasMoved = head?.status !== job.status;
  const isCut = head?.children !== undefined;
  const execution =
    head !== undefined && isLive(head)
      ? stepFunctions.find({ jobId: head.id, attempt: head.attempt, segment: head.segment })
      : undefined;
  return [
    ...(hasMoved && job.status === 'CHILD_QUEUED' ? (['CHILD_QUEUED'] as const) : []),
    ...(hasMoved && job.status === 'CHILD_RUNNING' ? (['CHILD_RUNNING'] as const) : []),
    ...(head !== undefined && isRegaining(job) && !isRegaining(head)
      ? (['slot regained in line'] as const)
      : []),
    ...(change.ops.some(({ op }) => op.status === 'success' && op.tolerated === true)
      ? (['tolerated'] as const)
      : []),
    ...(isCut && transition === 'cancel job' ? (['parent canceled'] as const) : []),
    ...(isCut && transition === 'force end' ? (['parent forced'] as const) : []),
    ...(isCut && transition === 'abend job'
      ? [
          execution?.status === 'RUNNING'
            ? ('parent abended without its children' as const)
            : ('parent abended' as const),
        ]
      : []),
    ...(isCut && transition === 'ask for a pause' ? (['parent asked to pause'] as const) : []),
    ...(isCut && transition === 'settle children' ? (['held for its children after the end'] as const) : []),
  ];
}

function childSights({ ledger }: World, { change, before, spec }: CommittedChange): readonly FamilySight[] {
  const { job, transition } = change;
  if (job.parent === undefined) return [];
  const above = [...ledger.ancestors(job)];
  const inherited = new Set(above.flatMap((known) => sharedNeeds(known.spec).map(({ name }) => name)));
  const isNew = before === undefined;
  const ends = !isNew && isSettled(job.status) && !isSettled(before.head.status);
  return [
    ...(isNew && job.parent.depth > 1 ? (['nested family'] as const) : []),
    ...(isNew && sharedNeeds(spec).some(({ name }) => inherited.has(name)) ? (['inherited'] as const) : []),
    ...(change.semaphores.some(({ semaphore, putWaits }) => semaphore.kind === 'group' && putWaits.length > 0)
      ? (['waits for its turn in the group'] as const)
      : []),
    ...(ends && isOneOf(job, 'REJECTED', 'EXPIRED') ? (['child stands still'] as const) : []),
    ...(ends && job.status === 'ABENDED' ? (['child abended'] as const) : []),
    ...(ends && job.status === 'ROLLED_BACK' ? (['child rolled back'] as const) : []),
    ...(transition === 'mark for deletion' ? (['family deleted'] as const) : []),
  ];
}

function isOneOf({ status }: Job, ...statuses: readonly Job['status'][]): boolean {
  return statuses.includes(status);
}
