import { Duration } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { HTTP_METHODS, type HttpLimits, hostProblem } from '../../core/contract/http-call.ts';

/** A task of Amazon ECS. */
export interface EcsTaskProps {
  readonly cluster: ecs.ICluster;
  readonly taskDefinition: ecs.TaskDefinition;

  /**
   * The container that finds the call in `JOBPLANE_CALL`, and whose exit status decides.
   *
   * @default the definition's default container
   */
  readonly container?: string;

  /** @default 'FARGATE' */
  readonly launchType?: 'FARGATE' | 'EC2';

  /**
   * Where a task in network mode awsvpc runs; each Fargate task is one.
   *
   * @default none: the definition uses another network mode
   */
  readonly subnets?: readonly ec2.ISubnet[];

  /** @default the VPC's own default group */
  readonly securityGroups?: readonly ec2.ISecurityGroup[];

  /** @default false */
  readonly assignPublicIp?: boolean;
}

/** Where the requests of an action may go, and what they may be. */
export interface HttpProps {
  /** Full names of hosts, with a port where it is not 443. Addresses and patterns are none. */
  readonly hosts: readonly string[];

  /** @default all: GET, HEAD, POST, PUT, PATCH, DELETE */
  readonly methods?: HttpLimits['methods'];

  /**
   * A header that each request gets, with a secret's text as its value. Whoever submits jobs never sees it,
   * and a redirect to another host does not get it.
   *
   * @default none
   */
  readonly authorization?: {
    readonly secret: secretsmanager.ISecret;
    /** @default 'authorization' */
    readonly header?: string;
  };

  /**
   * How long a request may take, its redirects and its answer included; at most 14 minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;
}

/** What stands behind an action's name. Callers of the API see the name and the kind, nothing else. */
export type Action =
  | { readonly kind: 'lambda'; readonly handler: lambda.Function }
  | { readonly kind: 'stateMachine'; readonly machine: sfn.IStateMachine }
  | { readonly kind: 'ecsTask'; readonly props: EcsTaskProps }
  | {
      readonly kind: 'batchJob';
      readonly jobQueue: batch.IJobQueue;
      readonly jobDefinition: batch.IJobDefinition;
    }
  | {
      readonly kind: 'http';
      readonly http: HttpLimits;
      readonly timeout: Duration;
      readonly authorization?: { readonly secret: secretsmanager.ISecret; readonly header: string };
    }
  | { readonly kind: 'external' }
  | { readonly kind: 'manual' };

/** The action of this kind. */
export type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

const HTTP_TIMEOUT = Duration.seconds(30);

/** A function runs for 15 minutes at the most, and needs some of them for itself. */
const HTTP_TIMEOUT_MAX = Duration.minutes(14);

export const Action = {
  /**
   * A plain Lambda function: what it returns is the op's result, what it throws fails the op with the
   * error's name as the code. Jobplane invokes an alias of its own, so the function needs no SDK and
   * keeps its own asynchronous settings.
   */
  lambda(handler: lambda.Function): Action {
    return { kind: 'lambda', handler };
  },

  /**
   * An execution of a standard state machine: its input is the call, its output the op's result, its error
   * the op's error. It is stopped when the op is not wanted any more.
   */
  stateMachine(machine: sfn.IStateMachine): Action {
    return { kind: 'stateMachine', machine };
  },

  /**
   * A task of Amazon ECS, whose container finds the call in `JOBPLANE_CALL`: exit status 0 is success. The
   * call may have 8 KB at most.
   */
  ecsTask(props: EcsTaskProps): Action {
    return { kind: 'ecsTask', props };
  },

  /**
   * A job of AWS Batch, whose container finds the call in `JOBPLANE_CALL`. Its own retries come first. The
   * call may have 28 KB at most.
   */
  batchJob(props: {
    readonly jobQueue: batch.IJobQueue;
    readonly jobDefinition: batch.IJobDefinition;
  }): Action {
    return { kind: 'batchJob', ...props };
  },

  /**
   * An HTTPS request that the op's input describes, to hosts that are listed here and to public addresses
   * only: `{url, method?, headers?, body?}`.
   */
  http({ hosts, methods = HTTP_METHODS, authorization, timeout = HTTP_TIMEOUT }: HttpProps): Action {
    const problem = hosts.map(hostProblem).find((found) => found !== null);
    if (problem !== undefined) throw new Error(`hosts of an http action: ${problem}`);
    if (hosts.length === 0) throw new Error('an http action needs the hosts that it may ask');
    const seconds = timeout.toSeconds();
    if (seconds < 1 || seconds > HTTP_TIMEOUT_MAX.toSeconds()) {
      throw new Error('the timeout of an http action is from 1 second to 14 minutes');
    }
    const { secret, header = 'authorization' } = authorization ?? {};
    return {
      kind: 'http',
      http: { hosts, methods },
      timeout,
      ...(secret === undefined ? {} : { authorization: { secret, header: header.toLowerCase() } }),
    };
  },

  /**
   * Work done outside: an `Op Ready` event on the bus says what is to be done, and a worker completes
   * it through the API with the permission `job.work`.
   */
  external(): Action {
    return { kind: 'external' };
  },

  /**
   * Work of a person: an `Op Ready` event says what is to be done, and somebody with the permission
   * `job.operate` completes it through the API.
   */
  manual(): Action {
    return { kind: 'manual' };
  },
};
