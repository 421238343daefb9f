import { describe, expect, it } from 'vitest';
import { executionEndedSchema, segmentOfExecution } from '../../../core/contract/execution-ended.ts';
import { executionName, SEGMENT_GROUPS } from '../../../core/job/segment.ts';
import { RUN_ID } from '../../support/job-run.ts';

describe('the name of an execution', () => {
  it.each(SEGMENT_GROUPS)('tells which %s segment of which attempt it serves', (group) => {
    expect(segmentOfExecution(executionName(RUN_ID, 12, { group, number: 34 }))).toEqual({
      jobId: RUN_ID,
      attempt: 12,
      group,
      number: 34,
    });
  });

  it.each([
    '',
    'nightly-report',
    `${RUN_ID}`,
    `${RUN_ID}-1-RUN`,
    `${RUN_ID}-1-RUN-1-1`,
    `${RUN_ID}-0-RUN-1`,
    `${RUN_ID}-1-RUN-0`,
    `${RUN_ID}-1-POST-1`,
    `${RUN_ID}-1-run-1`,
    `${RUN_ID}-1-RUN--1`,
    `${RUN_ID}-1-RUN-1e3`,
    `${RUN_ID}-1-RUN-1\n`,
    `${RUN_ID.toLowerCase()}-1-RUN-1`,
    `8${RUN_ID.slice(1)}-1-RUN-1`,
    `${RUN_ID}-99999999999999999999-RUN-1`,
  ])('%j is none of ours', (name) => {
    expect(segmentOfExecution(name)).toBeNull();
  });
});

describe('the event of an execution that ended', () => {
  const detail = { name: 'n', stateMachineArn: 'arn', status: 'ABORTED', error: null };

  it('is read as Step Functions sends it, with whatever else it has', () => {
    const event = { source: 'aws.states', detail: { ...detail, startDate: 1, input: '{}' } };
    expect(executionEndedSchema.parse(event).detail).toEqual(detail);
  });

  it('is not that of one that runs', () => {
    expect(executionEndedSchema.safeParse({ detail: { ...detail, status: 'RUNNING' } }).success).toBe(false);
  });
});
