import { CfnOutput, type RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { PublishSite } from '../../examples/publish-site/publish-site.ts';
import { Action } from '../constructs/action.ts';
import { Jobplane, type JobplaneProps } from '../constructs/jobplane.ts';

export interface JobplaneStackProps extends StackProps, Pick<JobplaneProps, 'liveness' | 'identity'> {
  readonly removalPolicy: RemovalPolicy;
}

/** One that jobs may be kept out of without being in the way of others. */
const QUEUES = { web: { nightly: { maxRunning: 4 } } } as const;

/** This repository's own deployment: the control plane with the actions of the example. */
export class JobplaneStack extends Stack {
  constructor(scope: Construct, id: string, props: JobplaneStackProps) {
    super(scope, id, props);
    const site = new PublishSite(this, 'PublishSite', { removalPolicy: props.removalPolicy });
    const jobplane = new Jobplane(this, 'Jobs', {
      actions: {
        ...Object.fromEntries(
          Object.entries(site.functions).map(([name, handler]) => [name, Action.lambda(handler)]),
        ),
        'manual-work': Action.external(),
      },
      queues: QUEUES,
      removalPolicy: props.removalPolicy,
      ...(props.liveness === undefined ? {} : { liveness: props.liveness }),
      ...(props.identity === undefined ? {} : { identity: props.identity }),
    });
    const outputs = {
      ApiUrl: jobplane.api.api.apiEndpoint,
      ApiId: jobplane.api.api.apiId,
      TableName: jobplane.table.table.tableName,
      BusName: jobplane.publishing.bus.eventBusName,
      JobStateMachineArn: jobplane.machine.arn,
      ChildJobsStateMachineArn: jobplane.childMachine.arn,
      ...(jobplane.userPool === undefined
        ? {}
        : {
            UserPoolId: jobplane.userPool.pool.userPoolId,
            UserPoolClientId: jobplane.userPool.client.userPoolClientId,
          }),
      FailureBucket: jobplane.publishing.failures.bucketName,
      SitesBucket: site.sites.bucketName,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
