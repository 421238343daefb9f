import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { type ActionCatalog, isServiceKind } from '../../core/contract/action-catalog.ts';
import type { Actions } from '../../core/ports/actions.ts';
import type { Deps } from '../../core/ports/deps.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import type { JournalPublisher } from '../../core/ports/journal-publisher.ts';
import type { Schedules } from '../../core/ports/schedules.ts';
import { catalogOf } from '../adapters/actions/registered-actions.ts';
import { dynamoJobStore } from '../adapters/dynamodb/dynamo-job-store.ts';
import { eventBridgePublisher } from '../adapters/eventbridge/event-bridge-publisher.ts';
import { stepFunctionsExecutions } from '../adapters/stepfunctions/step-functions-executions.ts';
import { countedShortly } from './counted-shortly.ts';
import {
  busEnvironment,
  catalogEnvironment,
  executionsEnvironment,
  quotasEnvironment,
  storeEnvironment,
} from './environment.ts';
import { logger } from './logger.ts';
import { surroundings } from './surroundings.ts';

/**
 * Retries of the SDK's own, with jitter: five tries take up to 1.5 s after a fault (100 ms × 2^n) and
 * 7.5 s when throttled (500 ms × 2^n), below every function's timeout; what still fails is repeated by
 * Step Functions or the sweeper.
 */
export const CLIENT = { maxAttempts: 5 } as const;

/** The store, for functions that only read and write jobs. */
export function composeStore(): JobStore {
  const { TABLE_NAME } = storeEnvironment.parse(process.env);
  return dynamoJobStore({ client: new DynamoDBClient(CLIENT), tableName: TABLE_NAME });
}

/** The actions that callers may name. */
export function composeCatalog(): ActionCatalog {
  return catalogOf(catalogEnvironment.parse(process.env).CATALOG);
}

/**
 * For functions that decide and carry out. What needs a client that not all of them use is given by
 * those that do, from a file of its own.
 */
export function composeDeps(parts: Partial<Pick<Deps, 'actions' | 'schedules'>> = {}): Deps {
  const environment = executionsEnvironment.parse(process.env);
  const catalog = composeCatalog();
  return {
    store: countedShortly(composeStore(), surroundings.now),
    executions: stepFunctionsExecutions(new SFNClient(CLIENT), {
      job: environment.STATE_MACHINE_ARN,
      childJobs: environment.CHILD_MACHINE_ARN,
    }),
    actions: noTargets(catalog),
    schedules: NO_SCHEDULES,
    surroundings,
    catalog,
    liveness: {
      firstSeconds: environment.LIVENESS_FIRST_SECONDS,
      maxSeconds: environment.LIVENESS_MAX_SECONDS,
    },
    retention: environment.RETENTION,
    quotas: quotasEnvironment.parse(process.env).QUOTAS,
    reportOwed: (effect, error) => logger.warn('An effect failed and is owed', { effect, error }),
    ...parts,
  };
}

/** The actions of a function that neither dispatches nor commands: what it meets of that is another's. */
function noTargets(catalog: ActionCatalog): Actions {
  return {
    async dispatch(action) {
      throw new Error(`this function does not dispatch, so it cannot start action '${action}'`);
    },
    async interrupt(action) {
      if (!isServiceKind(catalog.get(action)?.kind)) return;
      throw new Error(`this function reaches no service, so it cannot stop action '${action}'`);
    },
    async look() {},
  };
}

/** The schedules of a function that makes no waiting job go on: such effects are another's. */
const NO_SCHEDULES: Schedules = {
  async create(jobId) {
    throw new Error(`this function makes no schedules, so it cannot make one for job ${jobId}`);
  },
  async remove(jobId) {
    throw new Error(`this function makes no schedules, so it cannot remove one of job ${jobId}`);
  },
};

/** The bus, for functions that publish the journal. */
export function composePublisher(): JournalPublisher {
  const { BUS_NAME, PUBLISH_LOG } = busEnvironment.parse(process.env);
  return eventBridgePublisher(new EventBridgeClient(CLIENT), BUS_NAME, { log: PUBLISH_LOG });
}
