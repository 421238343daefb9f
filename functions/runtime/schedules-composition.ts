import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { Schedules } from '../../core/ports/schedules.ts';
import { eventBridgeSchedules } from '../adapters/scheduler/event-bridge-schedules.ts';
import { CLIENT } from './composition.ts';
import { schedulesEnvironment } from './environment.ts';

/** The one-time schedules: apart, so that only functions that make waiting jobs go on bundle the client. */
export function composeSchedules(): Schedules {
  const environment = schedulesEnvironment.parse(process.env);
  return eventBridgeSchedules(new SchedulerClient(CLIENT), {
    group: environment.SCHEDULE_GROUP,
    function: environment.SCHEDULE_FUNCTION_ARN,
    role: environment.SCHEDULE_ROLE_ARN,
    deadLetters: environment.SCHEDULE_DEAD_LETTERS_ARN,
  });
}
