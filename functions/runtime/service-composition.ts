import { BatchClient } from '@aws-sdk/client-batch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Targets } from '../../core/ports/targets.ts';
import { serviceTargets } from '../adapters/actions/service-targets.ts';
import { CLIENT } from './composition.ts';
import { targetsEnvironment } from './environment.ts';

/** The services that run work for us: only the function that reaches them bundles their clients. */
export function composeTargets(): Targets {
  const { ACTION_TARGETS } = targetsEnvironment.parse(process.env);
  const clients = { sfn: new SFNClient(CLIENT), ecs: new ECSClient(CLIENT), batch: new BatchClient(CLIENT) };
  return serviceTargets(clients, ACTION_TARGETS);
}
