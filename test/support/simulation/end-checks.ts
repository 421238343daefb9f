import { isDeepStrictEqual } from 'node:util';
import { isDeleted } from '../../../core/job/delete-job.ts';
import { isSettled } from '../../../core/job/status.ts';
import { expectedOutcomes } from './expected-outcome.ts';
import { checkStoredGroup } from './family-checks.ts';
import { isAllCounted, nameOfGroup } from './family-ledger.ts';
import { isForetold } from './foretold-commands.ts';
import type { LedgerJob } from './ledger.ts';
import { nameOfRun } from './runs.ts';
import { checkShare } from './share-checks.ts';
import { hold } from './violation.ts';
import type { World } from './world.ts';

const JOURNAL_LIMIT = 100_000;

/** What must hold once nothing is left to happen. */
export async function checkEnd(world: World): Promise<void> {
  for (const known of world.ledger.all()) {
    const { head, entries } = known;
    const { status, id } = head;
    hold('noDeadlock', known.removed || isSettled(status), () => `job ${id} is ${status} for ever`);
    hold('owedIsDone', known.removed || head.owed.length === 0, () => {
      return `job ${head.id} has ended and owes ${head.owed.map(({ kind }) => kind).join(', ')}`;
    });
    hold('owedIsDone', known.removed || !isDeleted(head), () => `job ${head.id} is marked and not removed`);
    const missing = entries.filter((entry) => !world.stream.wasPublished(entry));
    hold(
      'published',
      missing.length === 0,
      () => `entries ${missing.map(({ serial }) => serial).join(', ')}`,
    );
    checkShare(world.ledger, known, 'the end');
    await checkStored(world, known);
    checkOutcome(world, known);
    await checkFamilies(world, known);
  }
  const committed = world.ledger.all().reduce((sum, { entries }) => sum + entries.length, 0);
  const published = world.stream.publishedCount();
  hold('published', published === committed, () => `${published} published, ${committed} committed`);
  for (const [name, { holds, waits }] of world.ledger.lines.all()) {
    hold('leaked', holds.size === 0, () => `job ${[...holds.keys()].join(', ')} holds ${name} for ever`);
    hold(
      'deadWaiter',
      waits.size === 0,
      () => `job ${[...waits.keys()].join(', ')} waits for ${name} for ever`,
    );
  }
  await checkStoredLines(world);
  const schedules = world.schedules.waiting();
  hold('schedules', schedules.length === 0, () => `schedules ${schedules.join(', ')} are left`);
  const running = world.stepFunctions.executions().filter(({ status }) => status === 'RUNNING');
  hold(
    'liveness',
    running.length === 0,
    () => `executions ${running.map(({ name }) => name).join(', ')} run on`,
  );
}

const BEFORE_ITS_OPS: ReadonlySet<string> = new Set([
  'EXPIRED',
  'REJECTED',
  'FAILED_TO_START',
  'CANCELED_BEFORE_START',
  'CANCELED_WHILE_RUNNING',
]);

/** Where nothing went wrong, each attempt ended as its specification, its targets and its answers have it. */
function checkOutcome(world: World, known: LedgerJob): void {
  const { head, ops, spec, removed, attempts, ends } = known;
  const plan = world.planOf(head.id);
  if (head.parent !== undefined || spec.ops.some(({ children }) => children !== undefined)) return;
  if (!world.isCalm || removed || plan === undefined || known.hold.pauseExpiredIn !== undefined) return;
  if (!plan.commands.every(isForetold)) return;
  const expected = expectedOutcomes(plan, { attempts, answers: known.hold.answers });
  for (const [position, outcome] of expected.entries()) {
    const number = position + 1;
    const end = ends.get(number);
    // It never came to that: what it waited for ended otherwise, or its time was over.
    if (end === undefined || BEFORE_ITS_OPS.has(end.status)) return;
    world.coverage.saw('outcome foretold');
    if (attempts[position]?.kind === 'rerun') world.coverage.saw('outcome of a rerun foretold');
    if (attempts[position]?.kind === 'rollback') world.coverage.saw('outcome of a manual rollback foretold');
    const found = {
      status: end.status,
      rollback: end.rollback,
      ops: spec.ops.map((_, index) => ops.get(nameOfRun({ attempt: number, index }))?.status),
    };
    hold('asSpecified', isDeepStrictEqual(found, outcome), () => {
      return `attempt ${number} ended as ${JSON.stringify(found)}, and should have as ${JSON.stringify(outcome)}`;
    });
  }
}

/** The store says what was committed to it. */
async function checkStored({ store }: World, known: LedgerJob): Promise<void> {
  const { head, entries, ops, spec } = known;
  const stored = {
    head: await store.readJob(head.id),
    spec: await store.readSpec(head.id),
    ops: await store.readOps(head.id, 'all'),
    entries: await store.readJournal(head.id, 0, JOURNAL_LIMIT),
  };
  const expected = known.removed
    ? { head: null, spec: null, ops: [], entries: [] }
    : {
        head,
        spec,
        ops: [...ops.values()].sort((one, other) => one.attempt - other.attempt || one.index - other.index),
        entries,
      };
  for (const [part, value] of Object.entries(expected)) {
    const found = new Map<string, unknown>(Object.entries(stored)).get(part);
    hold('stored', isDeepStrictEqual(found, value) || isDeepStrictEqual(plain(found), plain(value)), () => {
      return `${part} of job ${head.id} is stored as ${JSON.stringify(found)}, and was ${JSON.stringify(value)}`;
    });
  }
}

/** Every child has been counted, and of a family that was deleted nothing is left. */
async function checkFamilies({ store, ledger }: World, { head, removed }: LedgerJob): Promise<void> {
  const groups = [...ledger.families.of(head.id)];
  hold(
    'awaitsChildren',
    removed || head.children === undefined,
    () => `job ${head.id} waits for children for ever`,
  );
  for (const group of groups) {
    hold('awaitsChildren', isAllCounted(group), () => `${nameOfGroup(group.ref)} is not complete`);
    checkStoredGroup(ledger, group.ref, await store.readGroup(group.ref));
    const links = await store.readChildren(group.ref, 0, group.total);
    const expected = [...group.children.values()]
      .map(({ link, counted }) => ({ ...link, counted: counted?.status }))
      .sort((one, other) => one.child - other.child);
    hold('stored', isDeepStrictEqual(plain(links), plain(expected)), () => {
      return `children of ${nameOfGroup(group.ref)} are stored as ${JSON.stringify(links)}, and are ${JSON.stringify(expected)}`;
    });
  }
  const stored = await store.listGroups(head.id);
  hold('stored', stored.length === groups.length, () => `job ${head.id} has ${stored.length} groups`);
  const above = [...ledger.ancestors(head)].some((ancestor) => ancestor.removed);
  hold('stored', !above || removed, () => `job ${head.id} is there, and its parent is deleted`);
}

async function checkStoredLines({ store, ledger }: World): Promise<void> {
  const lines = ledger.lines.all().map(([, { head }]) => head);
  if (lines.length === 0) return;
  const stored = await store.readLines(lines.map(({ scope, kind, name }) => ({ scope, kind, name })));
  for (const [position, head] of lines.entries()) {
    hold('stored', isDeepStrictEqual(plain(stored[position]?.semaphore), plain(head)), () => {
      return `a semaphore is stored as ${JSON.stringify(stored[position])}, and was ${JSON.stringify(head)}`;
    });
  }
  for (const queue of ledger.lines.queues()) {
    const found = await store.readQueue(queue.project, queue.name);
    hold(
      'stored',
      isDeepStrictEqual(plain(found), plain(queue)),
      () => `queue ${queue.name} is stored otherwise`,
    );
  }
}

/** Without what is undefined, and without prototypes: as JSON. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
