import { CustomResource } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import * as z from 'zod';
import { type DeclaredQueues, declaredQueuesSchema } from '../../core/contract/declared-queues.ts';

/** The queues that a deployment brings: set when it is deployed and they have changed, and only then. */
export class DeclaredQueuesResource extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { readonly queues: DeclaredQueues; readonly handler: lambda.Function },
  ) {
    super(scope, id);
    const parsed = declaredQueuesSchema.safeParse(props.queues);
    if (!parsed.success) throw new Error(`the queues cannot be declared: ${z.prettifyError(parsed.error)}`);
    const resource = new CustomResource(this, 'Queues', {
      resourceType: 'Custom::JobplaneQueues',
      serviceToken: props.handler.functionArn,
      properties: { Queues: JSON.stringify(parsed.data) },
    });
    resource.node.addDependency(props.handler);
  }
}
