import { ArnFormat, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Lambda allows 64 characters; the construct's own name keeps deployments apart. */
const NAME_CHARACTERS = 54;

/**
 * Name of the function that works through the filter of a bulk job, chosen before it exists: it has itself
 * called again, and a reference to itself could not be deployed.
 */
export class BulkFunction extends Construct {
  readonly functionName: string;
  private readonly arn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.functionName = `${Names.uniqueResourceName(this, { maxLength: NAME_CHARACTERS, separator: '-' })}-run-bulk`;
    this.arn = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: this.functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  grant(grantee: iam.IGrantable): void {
    iam.Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [this.arn] });
  }
}
