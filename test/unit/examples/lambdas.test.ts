import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { actionEvent, JOB } from './action-event.ts';

const FUNCTIONS = [
  'site-build',
  'site-look',
  'site-publish',
  'site-check',
  'site-restore',
  'site-report',
] as const;

type Handler = (event: unknown) => Promise<unknown>;

const handlers: Record<(typeof FUNCTIONS)[number], () => Promise<{ handler: Handler }>> = {
  'site-build': () => import('../../../examples/publish-site/functions/site-build.lambda.ts'),
  'site-look': () => import('../../../examples/publish-site/functions/site-look.lambda.ts'),
  'site-publish': () => import('../../../examples/publish-site/functions/site-publish.lambda.ts'),
  'site-check': () => import('../../../examples/publish-site/functions/site-check.lambda.ts'),
  'site-restore': () => import('../../../examples/publish-site/functions/site-restore.lambda.ts'),
  'site-report': () => import('../../../examples/publish-site/functions/site-report.lambda.ts'),
};

const SHA256 = 'a'.repeat(64);
const ARCHIVE = { bucket: 'archives', key: `archives/${SHA256}.tar.gz`, sha256: SHA256, bytes: 10 };
const VERSION = '0123456789abcdef';

const BAD_INPUTS: Record<(typeof FUNCTIONS)[number], readonly [string, unknown][]> = {
  'site-build': [
    ['no site', {}],
    ['a site that leaves the folder', { site: '../secrets' }],
    ['an unknown key', { site: 'docs', folder: '/etc' }],
  ],
  'site-look': [
    ['no target', {}],
    ['a target that leaves its site', { target: 'docs/..' }],
  ],
  'site-publish': [
    ['no archive', { target: 'docs/eu', release: JOB }],
    [
      'a key that is not of its hash',
      { target: 'docs/eu', release: JOB, archive: { ...ARCHIVE, key: 'archives/other.tar.gz' } },
    ],
    ['a hash that is none', { target: 'docs/eu', release: JOB, archive: { ...ARCHIVE, sha256: 'abc' } }],
    ['a target of no site', { target: 'docs', release: JOB, archive: ARCHIVE }],
    ['no release', { target: 'docs/eu', archive: ARCHIVE }],
  ],
  'site-check': [
    ['no version', { target: 'docs/eu', archive: ARCHIVE }],
    ['a version that is none', { target: 'docs/eu', archive: ARCHIVE, version: '../1' }],
    [
      'a required page elsewhere',
      { target: 'docs/eu', archive: ARCHIVE, version: VERSION, requiredPages: ['../x'] },
    ],
  ],
  'site-restore': [
    ['no version', { target: 'docs/eu', release: JOB }],
    ['a version that is none', { target: 'docs/eu', release: JOB, version: 'latest' }],
  ],
  'site-report': [
    ['no targets', { site: 'docs', targets: [] }],
    ['a site that is no text', { site: 1, targets: ['docs/eu'] }],
  ],
};

beforeAll(() => {
  vi.stubEnv('ARCHIVES_BUCKET', 'archives');
  vi.stubEnv('SITES_BUCKET', 'sites');
});

afterAll(() => {
  vi.unstubAllEnvs();
});

describe.each(FUNCTIONS)('%s', (name) => {
  it.each(BAD_INPUTS[name])('fails for good on %s', async (_, input) => {
    const { handler } = await handlers[name]();
    await expect(handler(actionEvent(input))).rejects.toMatchObject({
      name: 'Fatal',
      message: expect.stringMatching(/^the input cannot be used: /),
    });
  });

  it.each([
    ['no event', undefined],
    ['an event without a fence', { ...actionEvent({ site: 'docs' }), opFence: undefined }],
    ['an event without its op', { ...actionEvent({ site: 'docs' }), op: 'publish' }],
  ])('fails for good on %s', async (_, event) => {
    const { handler } = await handlers[name]();
    await expect(handler(event)).rejects.toMatchObject({
      name: 'Fatal',
      message: expect.stringMatching(/^the event cannot be used: /),
    });
  });
});

describe('site-build', () => {
  it('fails as a precondition when the site has no pages', async () => {
    const { handler } = await handlers['site-build']();
    await expect(handler(actionEvent({ site: 'unknown' }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: 'no pages of the site unknown are packaged with this function',
    });
  });
});
