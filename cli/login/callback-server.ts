import { createServer, type Server } from 'node:http';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

/** Awaits the browser at one of our loopback addresses (RFC 8252, section 7.3). */
export interface CallbackServer {
  readonly redirectUri: string;
  /** The first whole address that a login came back to with this state. */
  callback(state: string, timeLimitMs: number, signal: AbortSignal): Promise<URL>;
  close(): Promise<void>;
}

/** Both families, since browsers differ in which one `localhost` means. A machine without IPv6 has one. */
const LOOPBACK = ['127.0.0.1', '::1'];

/** Takes the first address whose port is free. */
export async function listenForCallback(addresses: readonly string[]): Promise<CallbackServer> {
  for (const redirectUri of addresses) {
    const servers = await listen(Number(new URL(redirectUri).port));
    if (servers !== null) return callbackServer(redirectUri, servers);
  }
  throw new Failure(`All ports that a login can come back to are in use: ${addresses.join(', ')}`, {
    exitCode: EXIT.unreachable,
    advice: 'End what uses one of them, or wait until another login is over.',
  });
}

function callbackServer(redirectUri: string, servers: readonly Server[]): CallbackServer {
  return {
    redirectUri,
    callback(state, timeLimitMs, signal) {
      return new Promise((resolve, reject) => {
        const timeUp = setTimeout(() => reject(tooLate(timeLimitMs)), timeLimitMs);
        const stop = () => reject(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
        for (const server of servers) {
          server.on('request', (request, response) => {
            const url = new URL(request.url ?? '/', redirectUri);
            // Browsers ask for icons, and other pages may try what they like.
            const isOurs =
              url.pathname === new URL(redirectUri).pathname && url.searchParams.get('state') === state;
            response.writeHead(isOurs ? 200 : 404, HEADERS);
            response.end(isOurs ? page(url) : 'Not found.\n');
            if (!isOurs) return;
            clearTimeout(timeUp);
            signal.removeEventListener('abort', stop);
            resolve(url);
          });
        }
      });
    },
    async close() {
      await Promise.all(servers.map(closed));
    },
  };
}

/** The code in the address is nobody else's business. */
const HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  connection: 'close',
};

function page(url: URL): string {
  return url.searchParams.has('error')
    ? 'The login did not work. The terminal says why; you may close this page.\n'
    : 'You may close this page and go back to the terminal.\n';
}

/** Null when the port is taken. */
async function listen(port: number): Promise<readonly Server[] | null> {
  const servers: Server[] = [];
  for (const host of LOOPBACK) {
    const server = createServer();
    const code = await new Promise<string | null>((resolve) => {
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
      server.listen(port, host, () => resolve(null));
    });
    if (code === null) servers.push(server);
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      await Promise.all(servers.map(closed));
      return null;
    }
  }
  return servers.length === 0 ? null : servers;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function tooLate(timeLimitMs: number): Failure {
  return new Failure(`Nobody came back from the login page within ${timeLimitMs / 60_000} minutes.`, {
    exitCode: EXIT.notSignedIn,
    advice: 'Run jobplane login again.',
  });
}
