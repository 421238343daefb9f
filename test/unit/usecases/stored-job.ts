import type { JobSpec } from '../../../core/contract/job-spec.ts';
import type { Outcome } from '../../../core/job/complete-op.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import { isLive, type Job } from '../../../core/job/job.ts';
import { executionName } from '../../../core/job/segment.ts';
import type { Op } from '../../../core/op/op.ts';
import { completeTry } from '../../../core/usecases/complete-try.ts';
import { finishJob } from '../../../core/usecases/finish-job.ts';
import { handleOpFailure } from '../../../core/usecases/handle-op-failure.ts';
import { performOp } from '../../../core/usecases/perform-op.ts';
import { planRecovery } from '../../../core/usecases/plan-recovery.ts';
import { submitJob } from '../../../core/usecases/submit-job.ts';
import { failing, specOf } from '../../support/job-run.ts';
import { type RecordingDeps, recordingDeps } from './recording-deps.ts';

/** A job that was submitted, with its tasks called as its current execution would call them. */
export class StoredJob {
  readonly world: RecordingDeps;
  readonly id: JobId;
  readonly spec: JobSpec;

  private constructor(world: RecordingDeps, id: JobId, spec: JobSpec) {
    this.world = world;
    this.id = id;
    this.spec = spec;
  }

  static async submitted(
    ops: readonly object[],
    world = recordingDeps(),
    conditions: object = {},
  ): Promise<StoredJob> {
    const spec = specOf(ops, conditions);
    const submitter = { user: 'ada', groups: ['web:operator'] };
    const submitted = await submitJob(world.deps, { spec, submitter });
    if (!submitted.ok) throw new Error(submitted.refusal.detail);
    return new StoredJob(world, submitted.job.id, spec);
  }

  /** One that is stored already, as a child is. */
  static async stored(world: RecordingDeps, id: JobId): Promise<StoredJob> {
    const spec = await world.store.readSpec(id);
    if (spec === null) throw new Error(`job ${id} is not stored`);
    return new StoredJob(world, id, spec);
  }

  async head(): Promise<Job> {
    const job = await this.world.store.readJob(this.id);
    if (job === null) throw new Error('the job is gone');
    return job;
  }

  /** An op that is stored, of the current attempt if nothing else is said. */
  async op(index: number, attempt?: number): Promise<Op> {
    const of = attempt ?? (await this.head()).attempt;
    const [op] = await this.world.store.readSomeOps(this.id, of, [index]);
    if (op === undefined) throw new Error(`op ${index} is not stored of attempt ${of}`);
    return op;
  }

  async perform(op: number, token = `perform-${op}`): Promise<void> {
    await performOp(this.world.deps, this.id, { ...(await this.serves()), op, token });
  }

  async complete(op: number, outcome: Outcome = { kind: 'succeeded' }) {
    const { try: number, attempt } = await this.op(op);
    return completeTry(this.world.deps, this.id, { attempt, op, try: number, outcome, actor: 'worker' });
  }

  async handle(op: number, name: string, token = `handle-${op}`): Promise<void> {
    const error = { name, cause: '' };
    await handleOpFailure(this.world.deps, this.id, { ...(await this.serves()), op, token, error });
  }

  async recover(name = 'OpFailed') {
    return planRecovery(this.world.deps, this.id, { ...(await this.serves()), error: { name, cause: '' } });
  }

  async finish(after: 'ops' | 'recovery' = 'ops'): Promise<void> {
    await finishJob(this.world.deps, this.id, { ...(await this.serves()), after });
  }

  /** Tries an op once, which fails for good. */
  async fail(op: number, code: string, token = `handle-${op}`): Promise<void> {
    await this.perform(op);
    await this.complete(op, failing(code));
    await this.handle(op, 'OpFailed', token);
  }

  /** Tries these ops one after the other, and each goes well. */
  async succeed(...ops: readonly number[]): Promise<void> {
    for (const op of ops) {
      await this.perform(op);
      await this.complete(op);
    }
  }

  /** The job's first execution ends without a word. */
  lose(): void {
    const name = executionName(this.id, 1, { group: 'RUN', number: 1 });
    this.world.executions.ended.set(name, 'ABORTED');
  }

  /** What was answered to a token, newest last. */
  told(token: string) {
    return this.world.executions.recorded.answered
      .filter((answer) => answer.token === token)
      .map(({ answer }) => answer);
  }

  async serves() {
    const job = await this.head();
    if (!isLive(job)) throw new Error(`the job is ${job.status}`);
    return { attempt: job.attempt, group: job.segment.group, number: job.segment.number };
  }
}
