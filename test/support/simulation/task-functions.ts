import {
  finishJobTaskSchema,
  giveUpChildrenTaskSchema,
  handleOpFailureTaskSchema,
  makeChildrenTaskSchema,
  performOpTaskSchema,
  planRecoveryTaskSchema,
} from '../../../core/contract/tasks.ts';
import type { Serves } from '../../../core/job/live-segment.ts';
import { wordsOfFailure } from '../../../core/job/words-of-failure.ts';
import type { Json } from '../../../core/op/references.ts';
import type { Deps } from '../../../core/ports/deps.ts';
import type { ControlPlane } from './control-plane.ts';
import { functionNameOf } from './function-name.ts';
import type { Ended } from './process.ts';
import type { FunctionAnswer, TaskOrder } from './task-attempt.ts';
import type { World } from './world.ts';

/** What the construct gives the functions of the state machine. */
const TASK_LIMIT_MS = 30_000;

interface Task {
  /** Undefined: it works for no execution of a job's own. */
  readonly serves?: Serves;
  readonly run: (deps: Deps) => Promise<Json>;
}

/** Runs the function of a task as Step Functions would, and says what it hears of it. */
export async function runTaskFunction(world: World, order: TaskOrder): Promise<FunctionAnswer> {
  const { serves, run } = taskOf(world.controlPlane, order);
  await world.delay(world.faults.latency());
  const isFailed = world.faults.happens('invocation');
  if (isFailed && world.random.chance(0.5)) return serviceError('Lambda.TooManyRequestsException');
  const name = `${order.stateName} ${order.token ?? ''} ${order.executionName.slice(-8)}`;
  const ended = world
    .spawn(name, { limitMs: TASK_LIMIT_MS, ...(serves === undefined ? {} : { serves }) }, run)
    .then((how) => answerOf(how, world.random.pick(TRACE_LINES)));
  if (!isFailed) return ended;
  // The connection to Lambda breaks, and the function goes on.
  const broken = world
    .delay(world.random.int(0, 3_000))
    .then(() => serviceError('Lambda.SdkClientException'));
  return Promise.race([ended, broken]);
}

/** As functions/tasks do: the payload parsed by the contract, and the use case. */
function taskOf(controlPlane: ControlPlane, { functionName, payload }: TaskOrder): Task {
  switch (functionNameOf(functionName)) {
    case 'PerformOpFunction': {
      const task = performOpTaskSchema.parse(payload);
      return { serves: task, run: (deps) => controlPlane.performOp(deps, task.jobId, task).then(() => null) };
    }
    case 'HandleOpFailureFunction': {
      const task = handleOpFailureTaskSchema.parse(payload);
      return {
        serves: task,
        run: (deps) => controlPlane.handleOpFailure(deps, task.jobId, task).then(() => null),
      };
    }
    case 'PlanRecoveryFunction': {
      const task = planRecoveryTaskSchema.parse(payload);
      return {
        serves: task,
        run: async (deps) => {
          const ops = await controlPlane.planRecovery(deps, task.jobId, task);
          return { ops: ops.map((item) => ({ ...item })) };
        },
      };
    }
    case 'FinishJobFunction': {
      const task = finishJobTaskSchema.parse(payload);
      return { serves: task, run: (deps) => controlPlane.finishJob(deps, task.jobId, task).then(() => null) };
    }
    case 'MakeChildrenFunction': {
      const task = makeChildrenTaskSchema.parse(payload);
      return { run: (deps) => controlPlane.makeChildren(deps, task).then(() => null) };
    }
    case 'GiveUpChildrenFunction': {
      const task = giveUpChildrenTaskSchema.parse(payload);
      const why = wordsOfFailure(task.error);
      return { run: (deps) => controlPlane.giveUpChildren(deps, task, why).then(() => null) };
    }
    default:
      throw new Error(`the state machine calls '${functionName}', which is no function of ours`);
  }
}

/** Lambda tells an error with its stack, and Step Functions keeps up to 32 KB of that. */
const TRACE_LINES = [10, 40, 300] as const;

function answerOf(ended: Ended<Json>, traceLines: number): FunctionAnswer {
  const trace = () =>
    Array.from({ length: traceLines }, () => '    at run (file:///var/task/perform-op.lambda.mjs:1:1)');
  switch (ended.kind) {
    case 'returned':
      return { ok: true, payload: ended.value };
    case 'threw': {
      const { name, message } =
        ended.error instanceof Error ? ended.error : { name: 'Error', message: 'not an error' };
      const cause = JSON.stringify({ errorType: name, errorMessage: message, trace: trace() });
      return { ok: false, error: name, cause };
    }
    case 'died':
      return { ok: false, error: ended.how, cause: JSON.stringify({ errorType: ended.how, trace: trace() }) };
  }
}

function serviceError(error: string): FunctionAnswer {
  return { ok: false, error, cause: 'Lambda did not answer' };
}
