import type { Group } from '../../../core/children/group.ts';
import type { Job } from '../../../core/job/job.ts';
import type { FamilyInput, FamilyVerb } from '../../../core/ports/executions.ts';
import { makeChildren } from '../../../core/usecases/make-children.ts';
import { type RecordingDeps, recordingDeps } from './recording-deps.ts';
import { StoredJob } from './stored-job.ts';

/** A child that does one thing. */
export const CHILD = { name: 'child', ops: [{ name: 'step', action: 'build' }] };

/** The same, and it can be undone. */
export const UNDONE = {
  name: 'child',
  ops: [{ name: 'step', action: 'build', rollback: { action: 'build' } }],
};

/**
 * A parent whose first op is one of children, with what `child-jobs` would do done batch by batch. Its op's
 * token is `parent`.
 */
export class StoredFamily {
  readonly parent: StoredJob;

  private constructor(parent: StoredJob) {
    this.parent = parent;
  }

  get world(): RecordingDeps {
    return this.parent.world;
  }

  /** The op has begun, and no child is made yet. */
  static async begun(
    children: object = {},
    rest: object = {},
    world = recordingDeps(),
    conditions: object = {},
  ): Promise<StoredFamily> {
    const all = { name: 'all', ...rest, children: { items: [1, 2, 3], job: CHILD, ...children } };
    const parent = await StoredJob.submitted([all, { name: 'next' }], world, conditions);
    await parent.perform(0, 'parent');
    return new StoredFamily(parent);
  }

  /** The same with all children made. */
  static async made(...parts: Parameters<typeof StoredFamily.begun>): Promise<StoredFamily> {
    const family = await StoredFamily.begun(...parts);
    await family.batches();
    return family;
  }

  /** What `child-jobs` was started with, newest last. */
  input(verb: FamilyVerb = 'run'): FamilyInput {
    const input = this.world.executions.recorded.families.findLast(
      (started) => started.jobId === this.parent.id && started.verb === verb,
    );
    if (input === undefined) throw new Error(`no execution was started to ${verb} children`);
    return input;
  }

  /** Does all batches of the newest such execution. */
  async batches(verb: FamilyVerb = 'run'): Promise<void> {
    const { batches, ...of } = this.input(verb);
    for (const batch of batches) await makeChildren(this.world.deps, { ...of, ...batch });
  }

  async group(op = 0, number = 1): Promise<Group> {
    const { id } = this.parent;
    const { attempt } = await this.parent.head();
    const group = await this.world.store.readGroup({ jobId: id, attempt, op, try: number });
    if (group === null) throw new Error('there is no such group');
    return group;
  }

  /** The children that were made, in the order of their items. */
  async children(): Promise<readonly StoredJob[]> {
    const group = await this.group();
    const links = await this.world.store.readChildren(group, 0, group.total);
    const ids = links.flatMap(({ id }) => id ?? []);
    return Promise.all(ids.map((id) => StoredJob.stored(this.world, id)));
  }

  async child(position: number): Promise<StoredJob> {
    const child = (await this.children())[position];
    if (child === undefined) throw new Error(`there is no child ${position}`);
    return child;
  }

  async heads(): Promise<readonly Job[]> {
    return Promise.all((await this.children()).map((child) => child.head()));
  }

  async statuses(): Promise<readonly Job['status'][]> {
    return (await this.heads()).map(({ status }) => status);
  }

  /** A child does its op well, or fails it for good, and ends. */
  async ends(position: number, code?: string): Promise<void> {
    const child = await this.child(position);
    if (code === undefined) {
      await child.succeed(0);
      await child.finish();
      return;
    }
    await child.fail(0, code);
    await child.recover();
    await child.finish('recovery');
  }
}
