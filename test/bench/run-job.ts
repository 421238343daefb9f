import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type JobId, jobIdSchema } from '../../core/job/identifiers.ts';
import type { Status } from '../../core/job/status.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { dynamoJobStore } from '../../functions/adapters/dynamodb/dynamo-job-store.ts';
import { localConnection } from '../../local/connection.ts';
import type { StackFile } from '../../local/stack-file.ts';
import { until } from '../../local/until.ts';
import { JobsApi } from '../e2e/support/jobs-api.ts';
import { QUEUE, type SampleJob, type WorkersAnswer } from './sample-jobs.ts';

const SETTLES_WITHIN_MS = 60_000;

/** A job that was accepted, and when. */
export interface SubmittedJob {
  readonly id: JobId;
  readonly sentAt: number;
  readonly acceptedMs: number;
}

/** A job that was run through the API, and what that took. */
export interface FinishedJob {
  readonly id: JobId;
  /** HTTP requests: the submission, a worker's answers, and one look at the job when it was done. */
  readonly requests: number;
  /** From sending the submission to its answer. */
  readonly acceptedMs: number;
  /** From sending the submission to the moment that the job ended, as its head says. */
  readonly settledMs: number;
}

/** Runs jobs on a deployed stack, one after the other. */
export class JobRunner {
  readonly store: JobStore;
  private readonly api: JobsApi;

  constructor(stack: StackFile) {
    this.api = new JobsApi(stack);
    this.store = dynamoJobStore({
      client: new DynamoDBClient(localConnection(stack.emulatorUrl)),
      tableName: stack.tableName,
    });
  }

  /** Submits a job, plays its workers, and waits until it has settled. */
  async run(sample: SampleJob): Promise<FinishedJob> {
    return this.finish(await this.submit(sample), sample);
  }

  async submit({ name, ops, needs }: SampleJob): Promise<SubmittedJob> {
    const sentAt = Date.now();
    const id = jobIdSchema.parse(await this.api.submit(ops, { name: `bench-${name}`, ...needs }));
    return { id, sentAt, acceptedMs: Date.now() - sentAt };
  }

  /**
   * Plays the job's workers, and waits until it has settled. The waiting looks at the table and not at
   * the API: a program is told by an event, so asking again and again is no part of a job's cost.
   */
  async finish(
    { id, sentAt, acceptedMs }: SubmittedJob,
    { name, workers = [] }: SampleJob,
  ): Promise<FinishedJob> {
    for (const answer of workers) await this.answer(id, answer);
    const endedAt = await until(`job ${id} (${name}) settles`, SETTLES_WITHIN_MS, async () => {
      const job = await this.store.readJob(id);
      return job !== null && 'endedAt' in job ? job.endedAt : undefined;
    });
    const { status } = await this.api.job(id);
    if (status !== 'COMPLETED_OK') throw new Error(`job ${id} (${name}) ended ${status}`);
    return { id, requests: 1 + workers.length + 1, acceptedMs, settledMs: endedAt - sentAt };
  }

  /** Makes the queue whose slots jobs take, or changes how many it has. */
  async setQueue(maxRunning: number): Promise<void> {
    const body = { project: 'web', maxRunning };
    const { status, body: answer } = await this.api.as('admin').call('PUT', `/queues/${QUEUE}`, body);
    if (status !== 200) throw new Error(`PUT /queues/${QUEUE}: ${status} ${JSON.stringify(answer)}`);
  }

  /** Milliseconds of `GET /jobs/{id}`, asked so often, one after the other. */
  async timeReads(id: JobId, times: number): Promise<readonly number[]> {
    const took: number[] = [];
    for (let read = 0; read < times; read += 1) {
      const sentAt = performance.now();
      const { status } = await this.api.call('GET', `/jobs/${id}`);
      took.push(performance.now() - sentAt);
      if (status !== 200) throw new Error(`GET /jobs/${id} answered ${status}`);
    }
    return took;
  }

  /** Says what a worker says, once the op's try runs. */
  async answer(id: JobId, { op, try: number, verb, body }: WorkersAnswer): Promise<void> {
    const attempt = await this.whenRunning(id, { op, try: number });
    const path = `/jobs/${id}/ops/${op}/${verb}`;
    const answer = await this.api.as('worker').call('POST', path, { attempt, try: number, ...body });
    if (answer.status !== 204)
      throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** @returns the attempt of the job that the try is of */
  async whenRunning(id: JobId, { op, try: number }: Pick<WorkersAnswer, 'op' | 'try'>): Promise<number> {
    return until(`try ${number} of op ${op} of job ${id} runs`, SETTLES_WITHIN_MS, async () => {
      const attempt = (await this.store.readJob(id))?.attempt ?? 0;
      const [found] = await this.store.readSomeOps(id, attempt, [op]);
      return found?.status === 'running' && found.try === number ? attempt : undefined;
    });
  }

  async whenStatus(id: JobId, status: Status): Promise<void> {
    await until(`job ${id} is ${status}`, SETTLES_WITHIN_MS, async () => {
      const job = await this.store.readJob(id);
      return job?.status === status;
    });
  }

  /** Gives the job a command that it must take. */
  async command(id: JobId, verb: string, body: object): Promise<void> {
    await this.api.command(id, verb, body);
  }
}
