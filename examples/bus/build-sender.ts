import { fileURLToPath } from 'node:url';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { bundleFunctions } from '../../infra/bundling/bundle-functions.ts';

const ENTRY = fileURLToPath(new URL('./functions/submit-build.lambda.ts', import.meta.url));

export interface BuildSenderProps {
  /** ARN of the private bus, in whichever account it is. */
  readonly busArn: string;
  /** What the deployment pins this sender to. */
  readonly source: string;
  /** A pipeline of this account, after each success of which a job is submitted. */
  readonly pipeline: string;
  /** Chosen beforehand, since the deployment names it as the sender's principal. */
  readonly roleName: string;
}

/** Has Jobplane run a job after each success of a pipeline, from another account than Jobplane's own. */
export class BuildSender extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: BuildSenderProps) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      roleName: props.roleName,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [
        iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole'),
      ],
    });
    this.role.addToPolicy(
      new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [props.busArn] }),
    );
    const bundleOf = bundleFunctions('bus-example', new Map([['submit-build', ENTRY]]));
    const handler = new lambda.Function(this, 'SubmitBuild', {
      description: 'Submits a job to Jobplane after each success of a pipeline',
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(bundleOf('submit-build')),
      handler: 'index.handler',
      environment: { BUS_ARN: props.busArn, SOURCE: props.source },
      role: this.role,
    });
    new events.Rule(this, 'Succeeded', {
      description: `Successes of the pipeline ${props.pipeline}`,
      eventPattern: {
        source: ['aws.codepipeline'],
        detailType: ['CodePipeline Pipeline Execution State Change'],
        detail: { pipeline: [props.pipeline], state: ['SUCCEEDED'] },
      },
      targets: [new targets.LambdaFunction(handler)],
    });
  }
}
