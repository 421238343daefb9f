import type { InputProblem } from '../contract/error-codes.ts';
import {
  type ChildTemplate,
  type Family,
  type JobSpec,
  jobSpecSchema,
  type OpSpec,
} from '../contract/job-spec.ts';
import { parseInput } from '../contract/parse-input.ts';
import type { ChildOf } from '../job/job.ts';
import { type Need, needsOf } from '../job/needs.ts';
import type { Json } from '../op/references.ts';
import { textOfKey } from '../semaphore/semaphore.ts';
import { groupOfChild, groupSemaphore } from './group.ts';
import { MissingItemError, withItem } from './item-references.ts';

/** What is stored of a child's specification: its parent's template says the rest. */
export interface ChildItem {
  readonly parent: ChildOf;
  readonly item: Json;
}

/** The specification of a child, or why its item makes none. */
export type ChildSpec =
  | { readonly ok: true; readonly spec: JobSpec }
  | { readonly ok: false; readonly code: string; readonly message: string };

/**
 * A child's specification: its item put into the template, its project and retention from its parent, and
 * what its ancestors hold, which it does not ask for. The same for the same stored data, whoever asks.
 */
export function childSpec(parentSpec: JobSpec, { parent, item }: ChildItem): ChildSpec {
  const op = parentSpec.ops[parent.op];
  if (op?.children === undefined)
    return { ok: false, code: 'InternalError', message: 'its op has no children' };
  try {
    const filled = filledTemplate(op.children.job, item);
    const { project, retention } = parentSpec;
    const parsed = parseInput(jobSpecSchema, { ...filled, project, retention });
    if (!parsed.ok) return { ok: false, code: parsed.refusal.code, message: parsed.refusal.detail };
    return { ok: true, spec: withFamily(parsed.value, parentSpec, op, parent) };
  } catch (error) {
    if (!(error instanceof MissingItemError)) throw error;
    return { ok: false, ...error.asJobError() };
  }
}

/**
 * The specification of a child that is still to be made, which may not ask for what would let two families wait for
 * each other. One that was made stays readable by {@link childSpec}, whatever order an earlier version allowed.
 */
export function newChildSpec(parentSpec: JobSpec, childItem: ChildItem): ChildSpec {
  const made = childSpec(parentSpec, childItem);
  const op = parentSpec.ops[childItem.parent.op];
  if (!made.ok || op === undefined) return made;
  const [problem] = lockOrderProblems(made.spec, above(parentSpec, op));
  return problem === undefined ? made : { ok: false, code: problem.code, message: problem.message };
}

/** What the children of an op find above them. */
export interface Above {
  /** Units of the locks and resources that their ancestors hold, by the text of the key. */
  readonly held: ReadonlyMap<string, number>;
  /** The last, in the one order, of all that an ancestor ever holds while they do something. */
  readonly last: string | undefined;
}

export function above(parentSpec: JobSpec, { step }: Pick<OpSpec, 'step'>): Above {
  const held = new Map(Object.entries(parentSpec.family?.inherited ?? {}));
  const own = sharedNeeds(parentSpec).map(({ key, units }) => [textOfKey(key), units] as const);
  // What is inherited was counted in it already.
  const further = parentSpec.family?.last;
  const last = [...(further === undefined ? [] : [further]), ...own.map(([text]) => text)].sort().at(-1);
  // In PRE the parent holds none of it; while they are undone it does.
  return step === 'PRE' ? { held, last } : { held: new Map([...held, ...own]), last };
}

/** What is told of the ancestors to each child, for its own children as well. */
export function familyBelow({ held, last }: Above): Pick<Family, 'inherited' | 'last'> {
  return { inherited: Object.fromEntries(held), ...(last === undefined ? {} : { last }) };
}

/**
 * What a child may not ask for: more of something than an ancestor holds, or anything that does not come
 * behind all that its ancestors hold in the one order in which everybody takes what they need. Two families
 * would wait for each other otherwise.
 */
export function lockOrderProblems(
  asked: Pick<JobSpec, 'project' | 'queue' | 'locks' | 'resources' | 'ops'>,
  { held, last }: Above,
): readonly InputProblem[] {
  return sharedNeeds(asked).flatMap(({ key, units }): InputProblem[] => {
    const path = key.kind === 'lock' ? 'locks' : 'resources';
    const text = textOfKey(key);
    const inHand = held.get(text);
    if (inHand !== undefined && units <= inHand) return [];
    if (inHand !== undefined) {
      const message = `asks for more of ${key.kind} '${key.name}' than the parent holds; ask for no more, or let the parent ask for all of it`;
      return [{ path, code: 'LockOrder', message }];
    }
    if (last === undefined || text > last) return [];
    const message = `asks for ${key.kind} '${key.name}', which comes before what the parent holds (${last}): two families could wait for each other. Rename it, or let the parent ask for it`;
    return [{ path, code: 'LockOrder', message }];
  });
}

function withFamily(spec: JobSpec, parentSpec: JobSpec, op: OpSpec, parent: ChildOf): JobSpec {
  const concurrency = op.children?.concurrency;
  const group = groupSemaphore(spec.project, groupOfChild(parent)).name;
  return {
    ...spec,
    family: {
      ...familyBelow(above(parentSpec, op)),
      ...(concurrency === undefined ? {} : { concurrency: { name: group, capacity: concurrency } }),
    },
  };
}

function sharedNeeds(
  spec: Pick<JobSpec, 'project' | 'queue' | 'locks' | 'resources' | 'ops'>,
): readonly Need[] {
  const { project, queue, locks, resources, ops } = spec;
  return needsOf({ project, queue, locks, resources, ops }).filter(
    ({ key }) => key.kind === 'lock' || key.kind === 'resource',
  );
}

/** The item in all places but the templates of the child's own children, whose items are others. */
function filledTemplate(template: ChildTemplate, item: Json): object {
  const { name, queue, labels, locks, resources, ops, ...rest } = template;
  return {
    ...rest,
    name: withItem(name, item),
    queue: withItem(queue, item),
    labels: withItem(labels, item),
    locks: locks.map((lock) => ({ ...lock, name: withItem(lock.name, item) })),
    resources: resources.map((resource) => ({ ...resource, name: withItem(resource.name, item) })),
    ops: ops.map((op) => filledOp(op, item)),
  };
}

function filledOp({ input, rollback, children, ...op }: OpSpec, item: Json): object {
  return {
    ...op,
    input: withItem(input, item),
    ...(rollback === undefined ? {} : { rollback: { ...rollback, input: withItem(rollback.input, item) } }),
    ...(children === undefined ? {} : { children: { ...children, items: withItem(children.items, item) } }),
  };
}
