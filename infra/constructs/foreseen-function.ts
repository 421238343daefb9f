import { ArnFormat, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Lambda allows 64 characters. */
const NAME_CHARACTERS = 64;

/**
 * Name of a function that others call, chosen before it exists: among them are functions that it is made
 * after, or itself, and a reference to itself could not be deployed.
 */
export class ForeseenFunction extends Construct {
  readonly functionName: string;
  private readonly arn: string;

  /** @param entry the function's entry, which its name ends with */
  constructor(scope: Construct, id: string, entry: string) {
    super(scope, id);
    const ending = `-${entry}`;
    // The construct's own name keeps deployments apart.
    const maxLength = NAME_CHARACTERS - ending.length;
    this.functionName = `${Names.uniqueResourceName(this, { maxLength, separator: '-' })}${ending}`;
    this.arn = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: this.functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** Lets the grantee invoke it. */
  grant(grantee: iam.IGrantable): void {
    iam.Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [this.arn] });
  }
}
