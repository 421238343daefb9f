import * as z from 'zod';
import { entryShapeSchema } from '../../../core/contract/api/entry-shape.ts';
import { jobShapeSchema } from '../../../core/contract/api/job-shape.ts';
import { jobListSchema } from '../../../core/contract/api/list-jobs.ts';
import { opShapeSchema } from '../../../core/contract/api/op-shape.ts';
import { isSettled, type Status } from '../../../core/job/status.ts';
import type { StackFile } from '../../../local/stack-file.ts';
import { checkPublished, routeOf } from '../../support/published-api.ts';
import { eventually } from './eventually.ts';
import { TWO_SWEEPS_MS } from './two-sweeps.ts';

type User = keyof StackFile['tokens'];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

type JobItem = z.infer<typeof jobListSchema>['items'][number];

const jobSchema = z.looseObject(jobShapeSchema.shape);
const problemSchema = z.looseObject({ code: z.string(), detail: z.string(), status: z.int() });

/** The deployed HTTP API as a user meets it: every answer is read by the published schemas. */
export class JobsApi {
  private readonly stack: StackFile;
  private readonly user: User;

  constructor(stack: StackFile, user: User = 'operator') {
    this.stack = stack;
    this.user = user;
  }

  as(user: User): JobsApi {
    return new JobsApi(this.stack, user);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.stack.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.stack.tokens[this.user]}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    checkAnswer(method, path, response, text);
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  }

  /** Submits a job of project `web` and returns its id. */
  async submit(ops: readonly unknown[], rest: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const answer = await this.call('POST', '/jobs', { name: 'e2e', project: 'web', ops, ...rest });
    if (answer.status !== 201) throw new Error(`not submitted: ${JSON.stringify(answer.body)}`);
    return jobSchema.parse(answer.body).id;
  }

  async job(id: string) {
    return jobSchema.parse((await this.call('GET', `/jobs/${id}`)).body);
  }

  /** All jobs of project `web` that a query selects: others submit meanwhile, so one page says little. */
  async jobs(query: string) {
    const items: JobItem[] = [];
    let from = '';
    do {
      const answer = await this.call('GET', `/jobs?project=web&limit=100&${query}${from}`);
      const page = jobListSchema.parse(answer.body);
      items.push(...page.items);
      from = page.cursor === undefined ? '' : `&cursor=${encodeURIComponent(page.cursor)}`;
    } while (from !== '');
    return items;
  }

  async journal(id: string) {
    const answer = await this.call('GET', `/jobs/${id}/log?limit=1000`);
    return z.object({ items: z.array(entryShapeSchema) }).parse(answer.body).items;
  }

  /** Of the current attempt, or of an earlier one. */
  async ops(id: string, attempt?: number) {
    const query = attempt === undefined ? '' : `?attempt=${attempt}`;
    const { body } = await this.call('GET', `/jobs/${id}/ops${query}`);
    return z.object({ items: z.array(opShapeSchema) }).parse(body).items;
  }

  /** What the ops of a job wrote into its journal, rollbacks included. */
  async logs(id: string): Promise<readonly string[]> {
    return (await this.journal(id)).filter(({ kind }) => kind === 'log').map(({ message }) => message);
  }

  /** Gives a job a command that it must take. */
  async command(id: string, verb: string, body: unknown = {}): Promise<void> {
    const answer = await this.call('POST', `/jobs/${id}/${verb}`, body);
    if (answer.status !== 200) throw new Error(`${verb} was refused: ${JSON.stringify(answer.body)}`);
  }

  /** Gives a job a command that it must refuse, and returns the code. */
  async refusal(id: string, verb: string, body: unknown = {}): Promise<string> {
    const answer = await this.call('POST', `/jobs/${id}/${verb}`, body);
    if (answer.status !== 409) throw new Error(`${verb} was answered with ${answer.status}`);
    return codeOf(answer);
  }

  /** Waits until the job has settled, and returns it. */
  async settled(id: string, withinMs = TWO_SWEEPS_MS) {
    return eventually(`job ${id} settles`, withinMs, async () => {
      const job = await this.job(id);
      return isSettled(job.status) ? job : null;
    });
  }

  /** Waits until the job reads this status, and returns it. */
  async statusIs(id: string, status: Status, withinMs = TWO_SWEEPS_MS) {
    return eventually(`job ${id} is ${status}`, withinMs, async () => {
      const job = await this.job(id);
      return job.status === status ? job : null;
    });
  }

  /** Waits until an op of the job reads this status. */
  async opIs(id: string, index: number, status: string, withinMs = TWO_SWEEPS_MS) {
    return eventually(`op ${index} of job ${id} is ${status}`, withinMs, async () => {
      const op = (await this.ops(id)).find((candidate) => candidate.index === index);
      return op?.status === status ? op : null;
    });
  }
}

/** What a function of the API answered, by the published document; what API Gateway says itself is its own. */
function checkAnswer(method: string, path: string, { status, headers }: Response, text: string): void {
  const route = routeOf(method, path.split('?')[0] ?? '');
  const contentType = headers.get('content-type') ?? '';
  const isGateways = status >= 400 && !contentType.startsWith('application/problem+json');
  if (route !== undefined && !isGateways) checkPublished(route, { status, contentType, text });
}

/** The stable code of a refusal. */
export function codeOf(answer: Answer): string {
  return problemSchema.parse(answer.body).code;
}
