import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Above the longest commit with all its conflicts (4 s) and a long poll (20 s), below the API's 30 s. */
const TIMEOUT_SECONDS = 29;

/** One eighth of a vCPU would make a cold start of 80 ms take half a second; 512 MB cost little more. */
const MEMORY_MB = 512;

export interface ControlFunctionProps {
  /** Folder of the bundle. */
  readonly code: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where it writes its lines, in streams that begin with its name. */
  readonly logGroup: logs.ILogGroup;
  readonly timeoutSeconds?: number;
  /** Only for one that something must name before it exists; CloudFormation chooses the others. */
  readonly functionName?: string;
}

/** One function of the control plane, with a role of its own. */
export class ControlFunction extends Construct {
  readonly handler: lambda.Function;

  constructor(scope: Construct, id: string, props: ControlFunctionProps) {
    super(scope, id);
    const { logGroup } = props;
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.handler = new lambda.Function(this, 'Handler', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(props.code),
      memorySize: MEMORY_MB,
      timeout: Duration.seconds(props.timeoutSeconds ?? TIMEOUT_SECONDS),
      environment: { ...props.environment },
      role,
      logGroup,
      ...(props.functionName === undefined ? {} : { functionName: props.functionName }),
    });
  }
}
