import { readFileSync } from 'node:fs';
import { ArnFormat, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** Step Functions allows 80 characters; the construct's own name keeps deployments apart. */
const NAME_CHARACTERS = 80 - '-child-jobs'.length;

/** The tasks, by the placeholders of the definition. */
type Tasks = Readonly<Record<`${string}Function`, lambda.IFunction>>;

/**
 * One of the state machines, `job` or `child-jobs`. Its name is chosen before it exists, since its tasks
 * start executions of it: a reference in both directions could not be deployed.
 */
export class JobMachine extends Construct {
  readonly arn: string;
  private readonly name: string;
  private readonly definition: 'job' | 'child-jobs';

  constructor(scope: Construct, id: string, props: { readonly definition: 'job' | 'child-jobs' }) {
    super(scope, id);
    this.definition = props.definition;
    const unique = Names.uniqueResourceName(this, { maxLength: NAME_CHARACTERS, separator: '-' });
    this.name = `${unique}-${this.definition}`;
    this.arn = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: this.name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** All executions of this machine. */
  get executions(): string {
    return Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${this.name}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** Makes the machine, once its tasks exist. */
  define(tasks: Tasks): sfn.StateMachine {
    const machine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName: this.name,
      stateMachineType: sfn.StateMachineType.STANDARD,
      definitionBody: sfn.DefinitionBody.fromString(definitionWith(this.definition, tasks)),
      removalPolicy: RemovalPolicy.DESTROY,
      logs: {
        destination: new logs.LogGroup(this, 'Log', {
          logGroupName: `/aws/vendedlogs/states/${this.name}`,
          retention: logs.RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ERROR,
        // Inputs hold task tokens, which are secrets.
        includeExecutionData: false,
      },
    });
    machine.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: Object.values(tasks).map((task: lambda.IFunction) => task.functionArn),
      }),
    );
    return machine;
  }

  /** Starting, answering, stopping and looking: each function gets what it does and no more. */
  grant(grantee: iam.IGrantable, verbs: readonly ExecutionVerb[]): void {
    for (const verb of verbs) {
      iam.Grant.addToPrincipal({
        grantee,
        actions: [...ACTIONS[verb]],
        resourceArns: [this.resourceOf(verb)],
      });
    }
  }

  private resourceOf(verb: ExecutionVerb): string {
    if (verb === 'start') return this.arn;
    // IAM has no resource type for the calls that take a task token: the token itself is the right.
    return verb === 'answer' || verb === 'heartbeat' ? '*' : this.executions;
  }
}

export type ExecutionVerb = 'start' | 'answer' | 'heartbeat' | 'stop' | 'describe';

const ACTIONS: Readonly<Record<ExecutionVerb, readonly string[]>> = {
  start: ['states:StartExecution'],
  answer: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
  heartbeat: ['states:SendTaskHeartbeat'],
  stop: ['states:StopExecution'],
  describe: ['states:DescribeExecution'],
};

function definitionWith(name: string, tasks: Tasks): string {
  const file = new URL(`../../statemachines/${name}.asl.json`, import.meta.url);
  const definition = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
  return Object.entries(tasks).reduce(
    (text, [placeholder, task]: [string, lambda.IFunction]) =>
      text.replaceAll(`\${${placeholder}}`, task.functionArn),
    definition,
  );
}
