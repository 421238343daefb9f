import '../api/entry-environment.ts';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declareQueues } from '../../../core/usecases/declare-queues.ts';
import { setQueue } from '../../../core/usecases/set-queue.ts';
import { declareQueuesHandler } from '../../../functions/events/declare-queues.lambda.ts';
import { recordingDeps } from '../usecases/recording-deps.ts';

interface Answer {
  readonly contentType: string | undefined;
  readonly body: unknown;
}

/** Takes answers as the store that CloudFormation reads them from does. */
class Answers {
  readonly taken: Answer[] = [];
  status = 200;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      this.taken.push({ contentType: request.headers['content-type'], body });
      response.writeHead(this.status).end();
    });
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}/answer`;
  }

  close(): void {
    this.#server.close();
  }
}

const IDS = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Queues' };

describe('the queues that a deployment declares', () => {
  const answers = new Answers();
  beforeAll(() => answers.listen());
  afterAll(() => answers.close());

  async function asked(
    deps: ReturnType<typeof recordingDeps>['deps'],
    queues: unknown,
    RequestType = 'Create',
  ) {
    const ResourceProperties = { ServiceToken: 'arn', Queues: JSON.stringify(queues) };
    const request = { ...IDS, RequestType, ResponseURL: answers.url, ResourceProperties };
    // middy's type asks for Lambda's context, which nothing here reads.
    await Reflect.apply(declareQueuesHandler(deps), undefined, [request, {}]);
    return answers.taken.at(-1);
  }

  it('are there with their limits, and CloudFormation is told', async () => {
    const { deps, store } = recordingDeps();
    const answer = await asked(deps, {
      web: { nightly: { maxRunning: 4 } },
      media: { wide: { maxAdmitted: 9 } },
    });
    expect(answer).toEqual({
      contentType: '',
      body: { Status: 'SUCCESS', ...IDS, PhysicalResourceId: 'Queues' },
    });
    expect(await store.readQueue('web', 'nightly')).toMatchObject({ maxRunning: 4, paused: false });
    expect(await store.readQueue('media', 'wide')).toMatchObject({ maxAdmitted: 9, draining: false });
  });

  it('keep what an operator said of them, and take the new limits', async () => {
    const { deps, store } = recordingDeps();
    await declareQueues(deps, { web: { nightly: { maxRunning: 4 } } });
    const stored = await store.readQueue('web', 'nightly');
    await setQueue(
      deps,
      { project: 'web', name: 'nightly' },
      { maxRunning: 1, paused: true, draining: true },
    );
    await asked(deps, { web: { nightly: { maxRunning: 6 } } }, 'Update');
    const changed = await store.readQueue('web', 'nightly');
    expect(changed).toMatchObject({ maxRunning: 6, paused: true, draining: true });
    expect(changed?.version).toBe((stored?.version ?? 0) + 2);
  });

  it('stay when the resource goes, since jobs may be in them', async () => {
    const { deps, store } = recordingDeps();
    await declareQueues(deps, { web: { nightly: { maxRunning: 4 } } });
    expect(await asked(deps, { web: {} }, 'Delete')).toMatchObject({ body: { Status: 'SUCCESS' } });
    expect(await store.readQueue('web', 'nightly')).toMatchObject({ maxRunning: 4 });
  });

  it('that are none fail the deployment with the reason, at once', async () => {
    const { deps } = recordingDeps();
    const answer = await asked(deps, { web: { nightly: { maxRunning: 0 } } });
    expect(answer?.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('maxRunning') });
  });

  it('are told of once more by Lambda where the answer was refused', async () => {
    answers.status = 403;
    await expect(asked(recordingDeps().deps, {})).rejects.toThrow('status 403');
    answers.status = 200;
  });
});
