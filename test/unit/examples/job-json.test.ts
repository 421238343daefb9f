import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { childSpec } from '../../../core/children/child-spec.ts';
import { type ActionKind, BUILT_IN_ACTIONS } from '../../../core/contract/action-catalog.ts';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { jobIdSchema } from '../../../core/job/identifiers.ts';
import { type Json, resolveInput } from '../../../core/op/references.ts';
import { checkSpec } from '../../../core/usecases/submit-job.ts';
import { JOB } from './action-event.ts';

const spec = jobSpecSchema.parse(
  JSON.parse(readFileSync(new URL('../../../examples/publish-site/job.json', import.meta.url), 'utf8')),
);

const ACTIONS = ['site-build', 'site-look', 'site-publish', 'site-check', 'site-restore', 'site-report'];
const catalog = new Map<string, { kind: ActionKind }>([
  ...ACTIONS.map((name) => [name, { kind: 'lambda' as const }] as const),
  ...BUILT_IN_ACTIONS.map((name) => [name, { kind: name }] as const),
]);

const BUILT: Json = { release: JOB, archive: { key: 'archives/a.tar.gz' }, pages: 3, natures: ['site'] };

const PARENT = { id: jobIdSchema.parse(JOB), attempt: 1, op: 1, try: 1, depth: 1 };

/** The specifications of the children, with what `build` may have returned. */
function children() {
  const resolved = resolveInput(spec.ops[1]?.children?.items ?? [], () => BUILT);
  const items = resolved.ok && Array.isArray(resolved.input) ? resolved.input : [];
  return items.map((item, child) => {
    const made = childSpec(spec, { parent: { ...PARENT, child }, item });
    if (!made.ok) throw new Error(made.message);
    return made.spec;
  });
}

describe('job.json', () => {
  it('is a job that Jobplane takes, in the order in which its steps run', () => {
    expect(checkSpec({ catalog }, spec)).toBeNull();
    expect(spec.ops.map(({ name, step, action }) => [name, step, action])).toEqual([
      ['build', 'PRE', 'site-build'],
      ['publish', 'RUN', 'children'],
      ['report', 'POST', 'site-report'],
    ]);
  });

  it('waits for a release manager who is not its owner', () => {
    expect(spec.approval).toEqual({
      approvers: ['group:release-managers'],
      window: 'PT1H',
      allowOwner: false,
    });
  });

  it('has a child that Jobplane takes for each target, each under the lock of its own', () => {
    const made = children();
    expect(made.map((child) => checkSpec({ catalog }, child))).toEqual([null, null]);
    expect(made.map(({ name, labels, locks }) => [name, labels['target'], locks])).toEqual([
      ['docs/eu', 'docs/eu', [{ name: 'docs/eu', mode: 'exclusive', scope: 'project' }]],
      ['docs/us', 'docs/us', [{ name: 'docs/us', mode: 'exclusive', scope: 'project' }]],
    ]);
  });

  it('publishes what was built to the target of the child, and checks it', () => {
    const [child] = children();
    expect(child?.ops.map(({ name, action, input }) => [name, action, input])).toEqual([
      ['before', 'site-look', { target: 'docs/eu' }],
      ['publish', 'site-publish', { target: 'docs/eu', release: JOB, archive: { key: 'archives/a.tar.gz' } }],
      [
        'check',
        'site-check',
        {
          target: 'docs/eu',
          archive: { key: 'archives/a.tar.gz' },
          version: { $from: 'ops.publish.result.version' },
          requiredPages: ['index.html'],
        },
      ],
    ]);
  });

  it('undoes the publishing, also one that was cut off, with what was there before', () => {
    expect(children()[0]?.ops[1]?.rollback).toMatchObject({
      action: 'site-restore',
      input: { target: 'docs/eu', release: JOB, version: { $from: 'ops.before.result.version' } },
      when: 'started',
    });
  });

  it('has the rest of the children cancelled by the first that fails', () => {
    expect(spec.ops[1]?.children?.onChildFailure).toBe('cancelRest');
  });

  it('reports about every target that it publishes to', () => {
    expect(spec.ops[2]?.input).toEqual({ site: 'docs', targets: children().map(({ name }) => name) });
  });
});
