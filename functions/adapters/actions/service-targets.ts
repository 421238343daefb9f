import type { BatchClient } from '@aws-sdk/client-batch';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Targets } from '../../../core/ports/targets.ts';
import { describeBatchJob, dispatchBatchJob, stopBatchJob } from './batch-job-action.ts';
import { describeEcsTask, dispatchEcsTask, stopEcsTask } from './ecs-task-action.ts';
import type { ActionTargets } from './registered-actions.ts';
import { describeStateMachine, dispatchStateMachine, stopStateMachine } from './state-machine-action.ts';

export interface ServiceClients {
  readonly sfn: SFNClient;
  readonly ecs: ECSClient;
  readonly batch: BatchClient;
}

/** The services that run work for us, through the AWS SDK; each kind is a file beside this one. */
export function serviceTargets({ sfn, ecs, batch }: ServiceClients, targets: ActionTargets): Targets {
  const targetOf = (action: string) => {
    const target = targets[action];
    if (target === undefined || target.kind === 'lambda' || target.kind === 'http') {
      throw new Error(`action '${action}' has no service in this function's environment`);
    }
    return target;
  };

  return {
    async dispatch(action, call) {
      const target = targetOf(action);
      if (target.kind === 'stateMachine') return dispatchStateMachine(sfn, target, call);
      if (target.kind === 'ecsTask') return dispatchEcsTask(ecs, target, call);
      return dispatchBatchJob(batch, target, call);
    },

    async interrupt(action, running) {
      const target = targetOf(action);
      if (target.kind === 'stateMachine') return stopStateMachine(sfn, target, running);
      if (target.kind === 'ecsTask') return stopEcsTask(ecs, target, running);
      return stopBatchJob(batch, target, running);
    },

    async describe(action, running, nonce) {
      const target = targetOf(action);
      if (target.kind === 'stateMachine') return describeStateMachine(sfn, target, running, nonce);
      if (target.kind === 'ecsTask') return describeEcsTask(ecs, target, running, nonce);
      return describeBatchJob(batch, target, running, nonce);
    },
  };
}
