import middy from '@middy/core';
import { familyOf } from '../../core/children/family-name.ts';
import { executionEndedSchema, segmentOfExecution } from '../../core/contract/execution-ended.ts';
import { endOfExecution } from '../../core/usecases/end-of-execution.ts';
import { endOfFamily } from '../../core/usecases/end-of-family.ts';
import { composeDeps } from '../runtime/composition.ts';
import { executionsEnvironment } from '../runtime/environment.ts';
import { logger } from '../runtime/logger.ts';
import { composeReacher } from '../runtime/reach-composition.ts';
import { composeSchedules } from '../runtime/schedules-composition.ts';

const deps = composeDeps({ actions: composeReacher(), schedules: composeSchedules() });
const { STATE_MACHINE_ARN, CHILD_MACHINE_ARN } = executionsEnvironment.parse(process.env);

/**
 * Rule on Step Functions' status-change events: an execution that ended without telling us leaves an
 * ABENDED job, at once. The stored head decides; an event is only a reason to look at it.
 */
export const handler = middy(async (event: unknown): Promise<void> => {
  const { detail } = executionEndedSchema.parse(event);
  const how = [detail.status, detail.error].filter((part) => typeof part === 'string').join(', ');
  const family = detail.stateMachineArn === CHILD_MACHINE_ARN ? familyOf(detail.name) : null;
  if (family !== null) {
    const ended = await endOfFamily(deps, family, how);
    if (ended) logger.warn('Job abended', { jobId: family.jobId, how });
    return;
  }
  const segment = segmentOfExecution(detail.name);
  if (segment === null || detail.stateMachineArn !== STATE_MACHINE_ARN) {
    logger.warn('Event of an execution that is not ours', { name: detail.name });
    return;
  }
  const { jobId, ...serves } = segment;
  const abended = await endOfExecution(deps, jobId, { ...serves, how });
  if (abended) logger.warn('Job abended', { jobId, how });
});
