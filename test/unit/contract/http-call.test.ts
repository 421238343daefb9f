import { describe, expect, it } from 'vitest';
import { hostProblem, httpInputProblems, urlProblem } from '../../../core/contract/http-call.ts';

const LIMITS = { hosts: ['api.example.com', 'build.example.com:8443'], methods: ['GET', 'POST'] } as const;

describe('the URL of a request', () => {
  it.each([
    'https://api.example.com',
    'https://api.example.com/a/b?c=d',
    'https://API.example.com/',
    'https://api.example.com:443/',
    'https://build.example.com:8443/jobs',
  ])('may be %s', (url) => {
    expect(urlProblem(url, LIMITS)).toBeNull();
  });

  it.each([
    ['another host', 'https://example.com/'],
    ['a host below one that is listed', 'https://a.api.example.com/'],
    ['a host that ends like one', 'https://evil-api.example.com/'],
    ['another port', 'https://api.example.com:8443/'],
    ['the port of no host', 'https://build.example.com/'],
    ['a trailing dot', 'https://api.example.com./'],
    ['no encryption', 'http://api.example.com/'],
    ['a file', 'file:///etc/passwd'],
    ['a user', 'https://ada@api.example.com/'],
    ['a user and a password', 'https://ada:secret@api.example.com/'],
    ['a listed name as the user of another host', 'https://api.example.com@169.254.169.254/'],
    ['loopback', 'https://127.0.0.1/'],
    ['loopback in one number', 'https://2130706433/'],
    ['loopback in octal', 'https://0177.0.0.1/'],
    ['loopback in hexadecimal', 'https://0x7f.0.0.1/'],
    ['loopback cut short', 'https://127.1/'],
    ['any address of this machine', 'https://0.0.0.0/'],
    ['instance metadata', 'https://169.254.169.254/latest/meta-data/'],
    ['instance metadata in one number', 'https://2852039166/'],
    ['instance metadata over IPv6', 'https://[fd00:ec2::254]/'],
    ['loopback over IPv6', 'https://[::1]/'],
    ['IPv4 mapped into IPv6', 'https://[::ffff:169.254.169.254]/'],
    ['IPv4 in 6to4', 'https://[2002:a9fe:a9fe::]/'],
    ['IPv4 in NAT64', 'https://[64:ff9b::a9fe:a9fe]/'],
    ['a public address', 'https://93.184.216.34/'],
    ['full-width digits', 'https://１２７.０.０.１/'],
    ['localhost', 'https://localhost/'],
    ['no URL', 'api.example.com/a'],
    ['nothing', ''],
  ])('may not have %s: %s', (_what, url) => {
    expect(urlProblem(url, LIMITS)).not.toBeNull();
  });
});

describe('a host that is listed', () => {
  it.each(['api.example.com', 'a-b.c0.example.org:8443', 'xn--bcher-kva.example'])('may be %s', (host) => {
    expect(hostProblem(host)).toBeNull();
  });

  it.each([
    '',
    'localhost',
    'API.example.com',
    'api.example.com.',
    'api.example.com:443',
    'api.example.com:99999',
    '*.example.com',
    'https://api.example.com',
    'api.example.com/a',
    'ada@api.example.com',
    '127.0.0.1',
    '0x7f.1',
    '[::1]',
    'example.0x7f',
  ])('may not be %s', (host) => {
    expect(hostProblem(host)).not.toBeNull();
  });
});

describe('the input of a request', () => {
  it.each([
    { url: 'https://api.example.com/' },
    { url: { $from: 'ops.look.result.url' } },
    { url: { $item: 'url' }, method: 'POST', headers: { 'X-Tag': 'a' }, body: { a: [1] } },
    { url: 'https://api.example.com/', headers: { 'x-version': { $from: 'ops.look.result.version' } } },
  ])('may be %j', (input) => {
    expect(httpInputProblems(input, LIMITS)).toEqual([]);
  });

  it.each([
    [{ url: 'https://169.254.169.254/' }, 'url'],
    [{ url: 'https://api.example.com/', method: 'DELETE' }, 'method'],
    [{ url: 'https://api.example.com/', method: 'TRACE' }, 'method'],
    [{ url: 'https://api.example.com/', headers: { Host: 'internal' } }, 'headers.Host'],
    [{ url: 'https://api.example.com/', headers: { 'Idempotency-Key': 'mine' } }, 'headers.Idempotency-Key'],
    [
      { url: 'https://api.example.com/', headers: { 'Proxy-Authorization': 'a' } },
      'headers.Proxy-Authorization',
    ],
    [{ url: 'https://api.example.com/', headers: { a: 'b\r\nc: d' } }, 'headers'],
    [{ url: 'https://api.example.com/', timeout: 3 }, ''],
    [{}, 'url'],
  ])('may not be %j', (input, path) => {
    const [problem] = httpInputProblems(input, LIMITS);
    expect(problem?.path.join('.') ?? 'no problem').toMatch(new RegExp(`^${path}`));
    expect(problem).toBeDefined();
  });
});
