import type { Answer, JobsApi } from './jobs-api.ts';

/** What a worker says of the try that runs. */
export interface Hands {
  /** Completes an op as soon as a try of it runs. */
  complete(id: string, op: number, result?: unknown): Promise<Answer>;
  /** Fails the try of an op as soon as one runs. */
  fail(id: string, op: number, code: string, detail?: unknown): Promise<Answer>;
}

/** The worker of `manual-work`: it takes whatever try is running, of whichever attempt. */
export function handsOf(worker: JobsApi): Hands {
  const say = async (verb: string, id: string, op: number, body: object) => {
    const { attempt, try: number } = await worker.opIs(id, op, 'running');
    const answer = await worker.call('POST', `/jobs/${id}/ops/${op}/${verb}`, {
      attempt,
      try: number,
      ...body,
    });
    if (answer.status !== 204) throw new Error(`${verb} was refused: ${JSON.stringify(answer.body)}`);
    return answer;
  };
  return {
    complete: (id, op, result) => say('complete', id, op, result === undefined ? {} : { result }),
    fail: (id, op, code, detail) => {
      const error = { code, message: `it was ${code}`, ...(detail === undefined ? {} : { detail }) };
      return say('fail', id, op, { error });
    },
  };
}
