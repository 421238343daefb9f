import { type JobSpec, jobSpecSchema } from '../../core/contract/job-spec.ts';
import type { Json } from '../../core/op/references.ts';
import type { Behaviour, JobPlan, PlannedCommand } from '../support/simulation/job-plan.ts';

/** A job by its ops, each a Lambda action unless it says otherwise; targets succeed unless told. */
export function planOf(
  ops: readonly Record<string, Json>[],
  how: {
    readonly behaviours?: Readonly<Record<number, readonly Behaviour[]>>;
    readonly commands?: readonly PlannedCommand[];
  } = {},
): JobPlan {
  const spec: JobSpec = jobSpecSchema.parse({
    name: 'golden',
    project: 'web',
    ops: ops.map((op, index) => ({ name: `op-${index}`, action: 'function', ...op })),
  });
  const behaviours = new Map<number, readonly Behaviour[]>();
  for (let index = 0; index < 2 * ops.length; index += 1) {
    behaviours.set(index, how.behaviours?.[index] ?? [SUCCEEDS]);
  }
  return {
    spec,
    behaviours,
    commands: how.commands ?? [],
    idempotencyKey: null,
    submittedAfterMs: 0,
    lastsMonths: false,
  };
}

export const SUCCEEDS: Behaviour = { kind: 'succeed', afterMs: 1_000 };

export function fails(code: string): Behaviour {
  return { kind: 'fail', afterMs: 1_000, code, verbose: false };
}

export const CANCEL = { kind: 'cancel', force: false, onlyIfQueued: false, rollback: true } as const;
