import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Jobplane } from '../../infra/constructs/jobplane.ts';
import { appOfTemplates } from './app-of-templates.ts';

const stack = new Stack(appOfTemplates(), 'Test');
const topic = new sns.Topic(stack, 'People');
const jobplane = new Jobplane(stack, 'Jobs', { alarmTopic: topic });
const template = Template.fromStack(stack);

const alarmSchema = z.object({
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()).optional(),
  OKActions: z.array(z.unknown()).optional(),
  Metrics: z.array(z.looseObject({ MetricStat: z.unknown().optional() })).default([]),
});

const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(
  ([id, { Properties }]) => ({
    id,
    ...alarmSchema.parse(Properties),
  }),
);

/** A metric alarm takes no more; CloudWatch refuses the deployment. */
const METRICS_OF_AN_ALARM = 10;

/** Headings below this one are articles of alarms; what stands before it is about everything. */
const ARTICLES = '# Alarms';

interface Article {
  readonly heading: string;
  readonly text: string;
}

function articles(): readonly Article[] {
  const page = readFileSync('docs/operations.md', 'utf8');
  const [, part = ''] = page.split(`\n${ARTICLES}\n`);
  const [alarmsOnly = ''] = part.split(/^# /m);
  return alarmsOnly
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const [title = ''] = text.split('\n');
      return { heading: title.toLowerCase().replaceAll(' ', '-'), text };
    });
}

const headingOf = ({ AlarmDescription }: { AlarmDescription: string }) =>
  /^[A-Z].+\. Runbook: docs\/operations\.md#([a-z0-9-]+)$/.exec(AlarmDescription)?.[1];

describe('every alarm', () => {
  test('is among those that the construct shows', () => {
    expect(alarms.length).toBeGreaterThan(15);
    expect(jobplane.alarms).toHaveLength(alarms.length);
  });

  test.each(alarms)('$id says what it means, and links an article that there is', (alarm) => {
    expect(articles().map(({ heading }) => heading)).toContain(headingOf(alarm));
  });

  test.each(alarms)(
    '$id tells the topic when it goes off and when it is over',
    ({ AlarmActions, OKActions }) => {
      const told = [{ Ref: expect.stringMatching(/^People/) }];
      expect({ AlarmActions, OKActions }).toEqual({ AlarmActions: told, OKActions: told });
    },
  );

  test.each(alarms)('$id looks at no more metrics than an alarm may', ({ Metrics }) => {
    const looked = Metrics.filter(({ MetricStat }) => MetricStat !== undefined);
    expect(looked.length).toBeLessThanOrEqual(METRICS_OF_AN_ALARM);
  });
});

describe('every article of the runbook', () => {
  test.each(articles())('$heading has an alarm', ({ heading }) => {
    expect(alarms.map(headingOf)).toContain(heading);
  });

  test.each(articles())('$heading says what it means, how to look, and what to do', ({ text }) => {
    for (const part of ['**Meaning.**', '**How to look.**', '**What to do.**']) expect(text).toContain(part);
  });
});

describe('the dashboard', () => {
  test('shows every alarm, and metrics of this deployment alone', () => {
    const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(dashboard?.['Properties'].DashboardBody);
    for (const { id } of alarms) expect(body).toContain(`"${id}"`);
    const own = [...body.matchAll(/\\"Jobplane\\",[^\]]*?\\"service\\",\\"([^"\\]+)\\"/g)].map(
      ([, deployed]) => deployed,
    );
    expect(own.length).toBeGreaterThan(30);
    const [handler] = Object.values(template.findResources('AWS::Lambda::Function'));
    const deployment = handler?.['Properties'].Environment.Variables.POWERTOOLS_SERVICE_NAME;
    expect(new Set(own)).toEqual(new Set([deployment]));
  });
});
