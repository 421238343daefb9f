import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { expect } from 'vitest';
import { localConnection } from '../../../local/connection.ts';
import { until } from '../../../local/until.ts';
import { type CheckSet, SOON_MS } from '../check.ts';

const stat = (MetricName: string) => ({
  MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName }, Period: 300, Stat: 'Sum' },
  ReturnData: false,
});

const ALARM = {
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Metrics: [
      { Id: 'expression', Expression: 'begun - failed', ReturnData: true },
      { Id: 'begun', ...stat('Invocations') },
      { Id: 'failed', ...stat('Errors') },
    ],
    Threshold: 1,
    EvaluationPeriods: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  },
};

/** Alarms made by CloudFormation. The check has a stack of its own: without its correction it cannot be made. */
export const alarms: CheckSet = {
  functions: [],
  resources: {},
  checks: [
    {
      correction: 'metric-math-alarms',
      name: 'a template may have an alarm on an expression over metrics',
      async run(lab) {
        const cloudformation = new CloudFormationClient(localConnection(lab.url));
        const StackName = 'alarms';
        const TemplateBody = JSON.stringify({ Resources: { Alarm: ALARM } });
        await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody }));
        const status = await until('the stack is made', SOON_MS, async () => {
          const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
          const current = Stacks?.[0]?.StackStatus;
          return current?.endsWith('IN_PROGRESS') ? undefined : current;
        });
        expect(status).toBe('CREATE_COMPLETE');
      },
    },
  ],
};
