import * as z from 'zod';
import { STATUSES } from '../core/job/status.ts';

const jobSchema = z.looseObject({
  id: z.string(),
  status: z.enum(STATUSES),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
});

const entrySchema = z.looseObject({
  serial: z.int(),
  at: z.string(),
  kind: z.string(),
  message: z.string(),
});

/** One that could not be made has no name, but its number. */
const childSchema = z
  .looseObject({ child: z.int(), name: z.string().optional(), status: z.enum(STATUSES) })
  .transform(({ child, name = String(child), status }) => ({ name, status }));

/** A job as the API shows it. */
export type Job = z.infer<typeof jobSchema>;

/** An entry of a job's journal as the API shows it. */
export type JournalEntry = z.infer<typeof entrySchema>;

/** A child of a job as the API shows it. */
export type Child = z.infer<typeof childSchema>;

const childrenSchema = z.object({ items: z.array(childSchema) });
const logSchema = z.object({ items: z.array(entrySchema) });

/** Asks one deployment's API in one user's name. */
export class JobsClient {
  readonly #apiUrl: string;
  readonly #token: string;
  readonly #signal: AbortSignal;

  constructor(apiUrl: string, token: string, signal: AbortSignal) {
    this.#apiUrl = apiUrl;
    this.#token = token;
    this.#signal = signal;
  }

  async submit(specification: unknown): Promise<Job> {
    return jobSchema.parse(await this.#ask('POST', '/jobs', JSON.stringify(specification)));
  }

  async read(id: string): Promise<Job> {
    return jobSchema.parse(await this.#ask('GET', `/jobs/${id}`));
  }

  /** The entries after a serial; waits so long for the first of them. */
  async log(id: string, newerThan: number, waitSeconds: number): Promise<readonly JournalEntry[]> {
    const query = new URLSearchParams({ newerThan: String(newerThan), wait: String(waitSeconds) });
    return logSchema.parse(await this.#ask('GET', `/jobs/${id}/log?${query}`)).items;
  }

  /** Those of the latest op that has children, if one has begun. */
  async children(id: string): Promise<readonly Child[]> {
    return childrenSchema.parse(await this.#ask('GET', `/jobs/${id}/children`)).items;
  }

  async approve(id: string, comment: string): Promise<void> {
    await this.#ask('POST', `/jobs/${id}/approve`, JSON.stringify({ comment }));
  }

  async #ask(method: string, path: string, body?: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const request = { method, headers, signal: this.#signal, ...(body === undefined ? {} : { body }) };
    const response = await fetch(`${this.#apiUrl}${path}`, request);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
