import {
  type BatchClient,
  DescribeJobsCommand,
  ListJobsCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { endedBatchJobSchema, outcomeOfBatchJob } from '../../../core/contract/batch-job-result.ts';
import { CALL_VARIABLE } from '../../../core/contract/ecs-task-result.ts';
import { jsonBytes } from '../../../core/contract/limits.ts';
import { nonceIn } from '../../../core/contract/service-answer.ts';
import { tryName } from '../../../core/contract/try-name.ts';
import type { ActionCall, Dispatched, RunningCall } from '../../../core/ports/actions.ts';
import type { TargetState } from '../../../core/ports/targets.ts';
import { callTooLarge } from './call-too-large.ts';
import type { TargetOf } from './registered-actions.ts';

type Target = TargetOf<'batchJob'>;

/** SubmitJob takes at most 30 KiB (AWS Batch User Guide, "Service quotas"); the rest of it is below 2. */
const CALL_BYTES = 28 * 1024;

/**
 * Submits a Batch job named after the try, which finds our call in its environment. Batch would run a
 * second one of the same name, so a dispatch that is repeated looks for the first.
 */
export async function dispatchBatchJob(
  client: BatchClient,
  target: Target,
  call: ActionCall,
): Promise<Dispatched> {
  const running = { ...call, op: call.op.index };
  const environment = [{ name: CALL_VARIABLE, value: JSON.stringify(call) }];
  const bytes = jsonBytes(environment);
  if (bytes > CALL_BYTES) return callTooLarge('AWS Batch', bytes, CALL_BYTES);
  if ((await jobsOf(client, target, running)).length > 0) return { kind: 'accepted' };
  await client.send(
    new SubmitJobCommand({
      jobName: tryName(running),
      jobQueue: target.queue,
      jobDefinition: target.definition,
      containerOverrides: { environment },
    }),
  );
  return { kind: 'accepted' };
}

/** Terminating cancels a Batch job that has not begun, and does nothing to one that has ended. */
export async function stopBatchJob(client: BatchClient, target: Target, running: RunningCall): Promise<void> {
  const reason = 'Jobplane does not want its result any more';
  for (const jobId of await jobsOf(client, target, running)) {
    await client.send(new TerminateJobCommand({ jobId, reason }));
  }
}

export async function describeBatchJob(
  client: BatchClient,
  target: Target,
  running: RunningCall,
  nonce: string,
): Promise<TargetState> {
  const found = await jobsOf(client, target, running);
  if (found.length === 0) return { kind: 'missing' };
  const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: [...found] }));
  const job = jobs.find(({ container }) => {
    const call = container?.environment?.find(({ name }) => name === CALL_VARIABLE);
    return nonceIn(call?.value) === nonce;
  });
  if (job === undefined) return { kind: 'missing' };
  const ended = endedBatchJobSchema.safeParse(job);
  return ended.success ? { kind: 'ended', outcome: outcomeOfBatchJob(ended.data) } : { kind: 'running' };
}

/** With a filter, Batch lists jobs of every status (AWS Batch API Reference, ListJobs). */
async function jobsOf(
  client: BatchClient,
  { queue }: Target,
  running: RunningCall,
): Promise<readonly string[]> {
  const name = tryName(running);
  const filters = [{ name: 'JOB_NAME', values: [name] }];
  const { jobSummaryList = [] } = await client.send(new ListJobsCommand({ jobQueue: queue, filters }));
  return jobSummaryList.flatMap(({ jobId, jobName }) =>
    jobId !== undefined && jobName === name ? [jobId] : [],
  );
}
