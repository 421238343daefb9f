import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeEventBusCommand } from '@aws-sdk/client-eventbridge';
import { expect } from 'vitest';
import * as z from 'zod';
import { localConnection } from '../../../local/connection.ts';
import { until } from '../../../local/until.ts';
import { type CheckSet, SOON_MS } from '../check.ts';
import { ANY_ROLE, arn, type Lab } from '../lab.ts';

const policySchema = z.object({
  Statement: z.array(z.looseObject({ Sid: z.string(), Effect: z.string() })),
});

/** Event buses made by CloudFormation. The check has a stack of its own: without its correction it cannot be made. */
export const eventBuses: CheckSet = {
  functions: [],
  resources: {},
  checks: [
    {
      correction: 'event-bus-policies',
      name: 'the statements of event bus policies are in the policy of their bus, and leave with them',
      async run(lab) {
        const cloudformation = new CloudFormationClient(localConnection(lab.url));
        const stack = { StackName: 'policies' };
        const resources = { Bus: bus(), First: policy('first', 'Allow'), Second: policy('second', 'Deny') };
        await cloudformation.send(new CreateStackCommand({ ...stack, TemplateBody: templateOf(resources) }));
        await settled(cloudformation, 'CREATE_COMPLETE');
        expect(await statementsOf(lab)).toEqual(['first Allow', 'second Deny']);
        const { First: _first, ...left } = { ...resources, Second: policy('second', 'Allow') };
        await cloudformation.send(new UpdateStackCommand({ ...stack, TemplateBody: templateOf(left) }));
        await settled(cloudformation, 'UPDATE_COMPLETE');
        expect(await statementsOf(lab)).toEqual(['second Allow']);
      },
    },
  ],
};

const BUS = 'policies';

function bus() {
  return { Type: 'AWS::Events::EventBus', Properties: { Name: BUS } };
}

function policy(StatementId: string, Effect: 'Allow' | 'Deny') {
  return {
    Type: 'AWS::Events::EventBusPolicy',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      StatementId,
      Statement: {
        Sid: StatementId,
        Effect,
        Principal: { AWS: ANY_ROLE },
        Action: 'events:PutEvents',
        Resource: arn('events', `event-bus/${BUS}`),
      },
    },
  };
}

function templateOf(resources: object): string {
  return JSON.stringify({ Resources: resources });
}

async function settled(cloudformation: CloudFormationClient, wanted: string): Promise<void> {
  const status = await until(`the stack is ${wanted}`, SOON_MS, async () => {
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: BUS }));
    const current = Stacks?.[0]?.StackStatus;
    return current?.endsWith('IN_PROGRESS') ? undefined : current;
  });
  expect(status).toBe(wanted);
}

async function statementsOf(lab: Lab): Promise<readonly string[]> {
  const { Policy = '{"Statement":[]}' } = await lab.clients.events.send(
    new DescribeEventBusCommand({ Name: BUS }),
  );
  const { Statement } = policySchema.parse(JSON.parse(Policy));
  return Statement.map(({ Sid, Effect }) => `${Sid} ${Effect}`).sort();
}
