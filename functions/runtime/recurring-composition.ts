import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { ScheduleDeps } from '../../core/ports/schedule-deps.ts';
import type { ScheduleStore } from '../../core/ports/schedule-store.ts';
import { dynamoScheduleStore } from '../adapters/dynamodb/dynamo-schedule-store.ts';
import { eventBridgeRecurringSchedules } from '../adapters/scheduler/event-bridge-recurring-schedules.ts';
import { CLIENT, composeDeps } from './composition.ts';
import { recurringEnvironment, storeEnvironment } from './environment.ts';
import { composeReacher } from './reach-composition.ts';
import { composeSchedules } from './schedules-composition.ts';

/** The store of recurring schedules, for functions that only read them. */
export function composeScheduleStore(): ScheduleStore {
  const { TABLE_NAME } = storeEnvironment.parse(process.env);
  return dynamoScheduleStore({ client: new DynamoDBClient(CLIENT), tableName: TABLE_NAME });
}

/** For functions that make, change or run recurring schedules: whatever a schedule owes, each can do. */
export function composeScheduleDeps(): ScheduleDeps {
  const environment = recurringEnvironment.parse(process.env);
  return {
    ...composeDeps({ actions: composeReacher(), schedules: composeSchedules() }),
    scheduleStore: composeScheduleStore(),
    recurring: eventBridgeRecurringSchedules(new SchedulerClient(CLIENT), {
      group: environment.RECURRING_GROUP,
      function: environment.RECURRING_FUNCTION_ARN,
      role: environment.RECURRING_ROLE_ARN,
      deadLetters: environment.RECURRING_DEAD_LETTERS_ARN,
    }),
  };
}
