import type { EntryShape } from '../../../core/contract/api/entry-shape.ts';
import { type JobShape, jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { type OpShape, opShapeSchema } from '../../../core/contract/api/op-shape.ts';

export const ID = '01KAV2Z3D7S8H9V5T6Q7R8W9X0';

/** A job as the API shows it. */
export function sampleJob(fields: Readonly<Record<string, unknown>> = {}): JobShape {
  return jobShapeSchema.parse({
    id: ID,
    project: 'web',
    name: 'release',
    origin: 'api',
    owner: 'ada',
    labels: { site: 'docs' },
    queue: 'default',
    priority: 0,
    status: 'RUNNING',
    step: 'RUN',
    attempt: 1,
    dates: { receivedAt: '2026-11-23T15:57:00Z', startedAt: '2026-11-23T15:58:00Z' },
    progress: { opsTotal: 3, opsRun: 1 },
    root: ID,
    rollback: { outcome: 'none' },
    warnings: 0,
    retryable: false,
    ...fields,
  });
}

export function endedJob(
  status: JobShape['status'],
  fields: Readonly<Record<string, unknown>> = {},
): JobShape {
  const dates = { receivedAt: '2026-11-23T15:57:00Z', endedAt: '2026-11-23T15:59:30Z' };
  return sampleJob({ status, step: 'END', dates, progress: { opsTotal: 3, opsRun: 3 }, ...fields });
}

export function sampleOp(
  index: number,
  status: OpShape['status'],
  fields: Readonly<Record<string, unknown>> = {},
): OpShape {
  return opShapeSchema.parse({
    index,
    name: `op-${index}`,
    step: 'RUN',
    action: 'log',
    status,
    attempt: 1,
    try: status === 'queued' ? 0 : 1,
    priority: 0,
    ...fields,
  });
}

export function sampleEntry(serial: number, message: string): EntryShape {
  return { serial, at: '2026-11-23T15:58:00Z', kind: 'log', message, actor: 'jobplane', attempt: 1 };
}
