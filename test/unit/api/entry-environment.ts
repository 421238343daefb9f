import { DEFAULT_QUOTAS } from '../../../core/quota/quotas.ts';

/**
 * What an entry of functions/api needs to be imported, as the construct would set it: clients are made
 * and never called, since tests hand their own dependencies to the routes. To be imported first.
 */
Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  TABLE_NAME: 'jobs',
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:job',
  CHILD_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:child-jobs',
  LIVENESS_FIRST_SECONDS: '300',
  RETENTION: 'P30D',
  LIVENESS_MAX_SECONDS: '21600',
  SCHEDULE_GROUP: 'dates',
  SCHEDULE_FUNCTION_ARN: 'arn:aws:lambda:us-east-1:000000000000:function:on-due',
  SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/schedules',
  SCHEDULE_DEAD_LETTERS_ARN: 'arn:aws:sqs:us-east-1:000000000000:dead-letters',
  RECURRING_GROUP: 'recurring',
  RECURRING_FUNCTION_ARN: 'arn:aws:lambda:us-east-1:000000000000:function:run-schedule',
  RECURRING_ROLE_ARN: 'arn:aws:iam::000000000000:role/recurring',
  RECURRING_DEAD_LETTERS_ARN: 'arn:aws:sqs:us-east-1:000000000000:dead-letters-of-runs',
  CATALOG: '{}',
  QUOTAS: JSON.stringify(DEFAULT_QUOTAS),
  REACH_FUNCTION: 'reach-target',
  BUS_NAME: 'jobplane',
  PUBLISH_LOG: 'false',
  SENDERS: '[]',
  REFUSED_COMMANDS_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/refused-commands',
  POWERTOOLS_SERVICE_NAME: 'a-deployment',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
});
