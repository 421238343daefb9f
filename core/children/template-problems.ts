import type { InputProblem } from '../contract/error-codes.ts';
import type { ChildTemplate, JobSpec, OpSpec } from '../contract/job-spec.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Json } from '../op/references.ts';
import { above, familyBelow, lockOrderProblems } from './child-spec.ts';
import { hasItems, malformedItems } from './item-references.ts';

/**
 * What is wrong with the children of a specification, as far as that is known before their items are: how
 * many and how deep they are, the locks that their template names outright, and all that is checked of any
 * specification.
 *
 * @param check finds what is wrong with a template as if it were a specification by itself
 */
export function templateProblems(
  spec: JobSpec,
  check: (template: JobSpec) => readonly InputProblem[],
  depth = 1,
): readonly InputProblem[] {
  return spec.ops.flatMap((op, index): readonly InputProblem[] => {
    if (op.children === undefined) return [];
    const path = `ops.${index}.children`;
    if (depth > LIMITS.familyDepth) {
      const message = `children have children at most ${LIMITS.familyDepth} levels down`;
      return [{ path, code: 'FamilyTooDeep', message }];
    }
    const template = asSpec(op.children.job, spec, op);
    const inside = [
      ...check(template).filter((problem) => !isForItem(op.children?.job, problem)),
      ...lockOrderProblems(template, above(spec, op)),
      ...templateProblems(template, check, depth + 1),
      ...malformed(op.children.job),
    ];
    return [
      ...itemsProblems(op.children.items, path, depth),
      ...inside.map((problem) => ({ ...problem, path: `${path}.job.${problem.path}` })),
    ];
  });
}

/** Whether the items come later: from a result, or for the child of a child from its own item. */
function comesLater(items: Json, depth: number): boolean {
  const isObject = typeof items === 'object' && items !== null && !Array.isArray(items);
  return isObject && (Object.hasOwn(items, '$from') || (depth > 1 && hasItems(items)));
}

function itemsProblems(items: Json, path: string, depth: number): readonly InputProblem[] {
  if (comesLater(items, depth)) return [];
  if (!Array.isArray(items)) {
    const message = 'must be a list, or {"$from": "ops.<name>.result.<path>"} of one';
    return [{ path: `${path}.items`, code: 'InvalidValue', message }];
  }
  if (items.length <= LIMITS.children) return [];
  const message = `has ${items.length} items; an op has at most ${LIMITS.children} children`;
  return [{ path: `${path}.items`, code: 'TooManyChildren', message }];
}

/** The template as a specification, with what items will say left out. */
function asSpec(template: ChildTemplate, parent: JobSpec, op: OpSpec): JobSpec {
  const { name, queue, labels, locks, resources, ...rest } = template;
  const { project, retention } = parent;
  return {
    ...rest,
    project,
    retention,
    dependsOn: [],
    name: textOr(name, 'child'),
    queue: textOr(queue, 'default'),
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, textOr(value, '')])),
    locks: locks.flatMap((lock) => (typeof lock.name === 'string' ? [{ ...lock, name: lock.name }] : [])),
    resources: resources.flatMap((resource) =>
      typeof resource.name === 'string' ? [{ ...resource, name: resource.name }] : [],
    ),
    family: familyBelow(above(parent, op)),
  };
}

function textOr(value: string | object, text: string): string {
  return typeof value === 'string' ? value : text;
}

/** What an input lacks that its item gives is told once the item is there. */
function isForItem(template: ChildTemplate | undefined, { path, code }: InputProblem): boolean {
  const [, index] = /^ops\.(\d+)\./.exec(path) ?? [];
  const op = index === undefined ? undefined : template?.ops[Number(index)];
  return (
    code === 'InvalidActionInput' &&
    op !== undefined &&
    (hasItems(op.input) || hasItems(op.rollback?.input ?? {}))
  );
}

function malformed({ ops }: ChildTemplate): readonly InputProblem[] {
  return ops.flatMap((op, index) =>
    [
      ...malformedItems(op.input, `ops.${index}.input`),
      ...malformedItems(op.rollback?.input ?? {}, `ops.${index}.rollback.input`),
      ...malformedItems(op.children?.items ?? [], `ops.${index}.children.items`),
    ].map((path): InputProblem => {
      const message = 'must be {"$item": "<path>"} and nothing beside it; an empty path is the item itself';
      return { path, code: 'InvalidItem', message };
    }),
  );
}
