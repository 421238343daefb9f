import { Stack, type StackProps } from 'aws-cdk-lib';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Action } from '../../infra/constructs/action.ts';
import { Jobplane } from '../../infra/constructs/jobplane.ts';
import { BuildSender } from './build-sender.ts';
import { TellPeople } from './tell-people.ts';

/** What the two accounts must agree on. */
const SOURCE = 'com.example.ci';
const ROLE_NAME = 'jobplane-build-sender';

/** The account of Jobplane: people are told of what waits for them, and the builds of another account may submit. */
export class JobplaneAccountStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly buildAccount: string }) {
    super(scope, id, props);
    const jobplane = new Jobplane(this, 'Jobs', {
      actions: { 'manual-work': Action.external() },
      senders: {
        ci: {
          principal: new ArnPrincipal(`arn:${this.partition}:iam::${props.buildAccount}:role/${ROLE_NAME}`),
          source: SOURCE,
          groups: ['web:submitter', 'web:worker'],
        },
      },
    });
    new TellPeople(this, 'TellPeople', { bus: jobplane.publishing.bus, project: 'web' });
  }
}

/** The account of the builds. Deployed first: a policy names no role that does not exist yet. */
export class BuildAccountStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly busArn: string }) {
    super(scope, id, props);
    new BuildSender(this, 'Sender', {
      busArn: props.busArn,
      source: SOURCE,
      pipeline: 'website',
      roleName: ROLE_NAME,
    });
  }
}
