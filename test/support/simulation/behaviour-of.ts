import type { Behaviour, JobPlan } from './job-plan.ts';

/** What the target of a try does. Whatever attempt is undone, a rollback is the same action. */
export function behaviourOf(
  { spec, behaviours, laterBehaviours }: Pick<JobPlan, 'spec' | 'behaviours' | 'laterBehaviours'>,
  tried: { readonly attempt: number; readonly op: number; readonly try: number },
): Behaviour {
  const total = spec.ops.length;
  const index = tried.op < total ? tried.op : total + (tried.op % total);
  const later = tried.attempt > 1 ? laterBehaviours?.get(index) : undefined;
  const planned = later ?? behaviours.get(index) ?? [];
  return planned[tried.try - 1] ?? planned.at(-1) ?? { kind: 'silent' };
}
