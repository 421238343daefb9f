import middy from '@middy/core';
import type { Dispatched } from '../../core/ports/actions.ts';
import { lookAtTarget } from '../../core/usecases/look-at-target.ts';
import { reachSchema } from '../adapters/actions/target-reacher.ts';
import { composeDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { composeTargets } from '../runtime/service-composition.ts';

const deps = composeDeps();
const targets = composeTargets();

/**
 * Reaches the services that run work for us, so that no other function needs grants on them or their
 * clients: starts the work of a try, stops it, or asks how it goes. Every verb may come twice.
 */
export const handler = middy(async (event: unknown): Promise<Dispatched | null> => {
  const reach = reachSchema.parse(event);
  if (reach.verb === 'dispatch') return targets.dispatch(reach.action, reach.call);
  const { verb, action, running } = reach;
  if (verb === 'interrupt') await targets.interrupt(action, running);
  const completed = verb === 'look' && (await lookAtTarget(deps, targets, running));
  logger.info('Reached a target', { verb, action, completed, jobId: running.jobId, op: running.op });
  return null;
});
