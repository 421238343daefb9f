import { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { acceptFinding, acceptWildcard } from './accepted-findings.ts';
import type { ControlFunctions } from './control-functions.ts';
import type { JobMachine } from './job-machine.ts';
import type { JobTable } from './job-table.ts';
import type { JournalPublishing } from './journal-publishing.ts';
import type { ScheduledCalls } from './scheduled-calls.ts';

interface Parts {
  readonly table: JobTable;
  readonly machines: readonly JobMachine[];
  readonly publishing: JournalPublishing;
  readonly scheduled: readonly ScheduledCalls[];
  readonly functions: ControlFunctions;
  /** Users' functions that deliver what they return or throw. */
  readonly actions: readonly lambda.Function[];
}

/** What cdk-nag finds in a Jobplane and what is right all the same, each with its reason and no wider than it is. */
export function acceptFindings(jobplane: IConstruct, parts: Parts): void {
  const { table, machines, publishing, scheduled, functions, actions } = parts;
  acceptFinding(
    functions,
    'L1',
    'Node.js 22 is a supported runtime, and the one that Jobplane is tested with.',
  );
  acceptWildcard(
    functions,
    '*',
    'The calls that take a task token have no resource type in IAM: the token itself is the right.',
  );
  acceptWildcard(functions, `${table.table.tableArn}/index/*`, 'Both indexes of the one table.');
  for (const machine of machines) {
    acceptWildcard(functions, machine.executions, 'Executions of this machine, which it makes itself.');
    acceptFinding(
      machine,
      'SF1',
      'Errors are logged. Every step is in the journal already, and inputs hold task tokens, which are secrets.',
    );
    acceptWildcard(machine, '*', 'The calls that set up log delivery have no resource type in IAM.');
    acceptFinding(
      machine,
      'SF2',
      'The journal of a job is its trace; X-Ray would cost as much as a transition.',
    );
  }
  for (const calls of scheduled) {
    acceptWildcard(functions, calls.schedules, 'Schedules of this group, which holds nothing else.');
    acceptFinding(calls, 'SQS3', 'It is a dead-letter queue itself.');
  }
  acceptFinding(
    publishing,
    'S1',
    'Only Lambda writes there; reads of it are in CloudTrail if a team records them.',
  );
  for (const action of ['GetObject*', 'GetBucket*', 'List*', 'DeleteObject*', 'Abort*']) {
    acceptFinding(
      functions,
      `IAM5[Action::s3:${action}]`,
      'What the CDK grants for a failure destination in S3.',
    );
  }
  acceptWildcard(functions, `${publishing.failures.bucketArn}/*`, 'Objects of the failure bucket.');
  const result = functions.get('lambda-result');
  for (const action of actions) {
    acceptWildcard(
      action.role ?? action,
      `${result.functionArn}:*`,
      'What the CDK grants for a destination: one function.',
    );
  }
  const sweep = functions.get('sweep');
  // The CDK makes that role beside the stack's other parts.
  acceptWildcard(
    Stack.of(jobplane),
    `${sweep.functionArn}:*`,
    'What the CDK grants for a schedule: one function.',
  );
}
