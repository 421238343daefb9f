import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** The part of S3's HTTP interface that the example uses, as S3's API reference describes it. */
export interface LocalS3 {
  readonly endpoint: string;
  readonly objects: Map<string, { readonly body: Buffer; readonly contentType: string | undefined }>;
  /** Answers all requests with this error from now on. */
  failWith(error: { readonly status: number; readonly code: string } | undefined): void;
  close(): void;
}

export async function startLocalS3(): Promise<LocalS3> {
  const objects: LocalS3['objects'] = new Map();
  let failure: { readonly status: number; readonly code: string } | undefined;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://s3').pathname).slice(1);
    const body = await bodyOf(request);
    const fail = (status: number, code: string) => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    };
    const current = objects.get(path);
    if (failure !== undefined) return fail(failure.status, failure.code);
    if (request.method === 'GET') {
      if (current === undefined) return fail(404, 'NoSuchKey');
      response.writeHead(200, { etag: etagOf(current.body) });
      return response.end(current.body);
    }
    if (request.headers['if-none-match'] === '*' && current !== undefined) {
      return fail(412, 'PreconditionFailed');
    }
    const expected = request.headers['if-match'];
    if (expected !== undefined) {
      if (current === undefined) return fail(404, 'NoSuchKey');
      if (etagOf(current.body) !== expected) return fail(412, 'PreconditionFailed');
    }
    objects.set(path, { body, contentType: request.headers['content-type'] });
    response.writeHead(200, { etag: etagOf(body) });
    return response.end();
  };
  const server = createServer((request, response) => void answer(request, response));

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    objects,
    failWith: (error) => {
      failure = error;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
