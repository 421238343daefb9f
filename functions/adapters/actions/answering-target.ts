import type { AnswerSource } from '../../../core/contract/service-answer.ts';
import type { ActionTargets } from './registered-actions.ts';

/** Whether what ended is the target of the action, in whichever revision it was started. */
export function isTargetOf(targets: ActionTargets, from: AnswerSource, action: string): boolean {
  const target = targets[action];
  if (target?.kind === 'stateMachine' && from.kind === 'stateMachine') return target.machine === from.machine;
  if (target?.kind === 'ecsTask' && from.kind === 'ecsTask') return isTaskOf(target, from);
  if (target?.kind === 'batchJob' && from.kind === 'batchJob') {
    return (
      target.queue === from.queue && withoutRevision(target.definition) === withoutRevision(from.definition)
    );
  }
  return false;
}

/** The container of our tasks of this cluster and definition; undefined where they are not ours. */
export function containerOf(
  targets: ActionTargets,
  cluster: string,
  taskDefinition: string,
): string | undefined {
  const from = { kind: 'ecsTask', cluster, taskDefinition } as const;
  return Object.values(targets).flatMap((target) =>
    target.kind === 'ecsTask' && isTaskOf(target, from) ? [target.container] : [],
  )[0];
}

function isTaskOf(
  target: { readonly cluster: string; readonly taskDefinition: string },
  from: { readonly cluster: string; readonly taskDefinition: string },
): boolean {
  return (
    target.cluster === from.cluster &&
    withoutRevision(target.taskDefinition) === withoutRevision(from.taskDefinition)
  );
}

function withoutRevision(arn: string): string {
  return arn.replace(/:\d+$/, '');
}
