import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { PublishSite, type SiteAction } from '../../../examples/publish-site/publish-site.ts';
import { actionEvent, EARLIER, JOB, LATER } from './action-event.ts';
import { type LocalS3, startLocalS3 } from './local-s3.ts';

const ACTIONS = [
  'site-build',
  'site-look',
  'site-publish',
  'site-check',
  'site-restore',
  'site-report',
] as const;

/** Every synthesis bundles all functions, and a bundle takes its time to load. */
const SLOW_TEST_MS = 60_000;

let folder: string;
let example: ReturnType<typeof synthesize>;
/** The same pages in another folder, in a stack that leaves nothing behind. */
let temporary: typeof example;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'publish-site-'));
  mkdirSync(join(folder, 'pages', 'adr'), { recursive: true });
  writeFileSync(join(folder, 'pages', 'README.md'), '# Manual\n\n[first decision](adr/0001.md)\n');
  writeFileSync(join(folder, 'pages', 'adr', '0001.md'), '# One table\n\n[back](../README.md#manual)\n');
  cpSync(join(folder, 'pages'), join(folder, 'copy'), { recursive: true });
  writeFileSync(join(folder, 'copy', '.README.md.swp'), 'what an editor leaves');
  example = synthesize('pages', 'example');
  temporary = synthesize('copy', 'temporary', RemovalPolicy.DESTROY);
}, SLOW_TEST_MS);

afterAll(() => rmSync(folder, { recursive: true }));

function synthesize(pages: string, output: string, removalPolicy?: RemovalPolicy) {
  // Vitest runs what lies below a node_modules as it is, so the deployed code is not transformed again.
  const outputFolder = join(folder, 'node_modules', output);
  const app = new App({ outdir: outputFolder });
  const stack = new Stack(app, 'Example');
  const publishSite = new PublishSite(stack, 'PublishSite', {
    sites: { docs: { pages: join(folder, pages), places: ['eu', 'us'] } },
    ...(removalPolicy !== undefined && { removalPolicy }),
  });
  return { app, stack, publishSite, outputFolder, template: Template.fromStack(stack) };
}

type Example = typeof example;

/** Logical id of what a token such as a function's name refers to. */
function idOf({ stack }: Example, token: string | undefined): string {
  return z.object({ Ref: z.string() }).parse(stack.resolve(token)).Ref;
}

/** The folder that is deployed as the code of a function, named by its content. */
function assetOf(of: Example, action: SiteAction): string {
  const functions = of.template.findResources('AWS::Lambda::Function');
  const { S3Key: key } = z
    .object({ Properties: z.object({ Code: z.object({ S3Key: z.string() }) }) })
    .parse(functions[idOf(of, of.publishSite.functions[action].functionName)]).Properties.Code;
  return join(of.outputFolder, `asset.${key.replace(/\.zip$/, '')}`);
}

describe('buckets', () => {
  it('are private, encrypted and reachable by TLS only', () => {
    example.template.resourceCountIs('AWS::S3::Bucket', 2);
    example.template.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: Match.objectLike({ ServerSideEncryptionConfiguration: Match.anyValue() }),
    });
    example.template.resourceCountIs('AWS::S3::BucketPolicy', 2);
    example.template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ],
      },
    });
  });

  it('outlive the stack, unless the deployment says otherwise', () => {
    example.template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
    temporary.template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    temporary.template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });
});

describe('functions', () => {
  it('are one for each action', () => {
    expect(Object.keys(example.publishSite.functions).sort()).toEqual([...ACTIONS].sort());
    example.template.resourceCountIs('AWS::Lambda::Function', ACTIONS.length);
    example.template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs22.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.anyValue() } },
    });
    example.template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it.each([
    ['site-build', ['s3:PutObject on Archives/archives/*']],
    [
      'site-look',
      [
        's3:GetObject on Sites/docs/eu/current.json',
        's3:GetObject on Sites/docs/us/current.json',
        's3:ListBucket on Sites',
      ],
    ],
    [
      'site-publish',
      [
        's3:GetObject on Archives/archives/*',
        's3:GetObject on Sites/docs/eu/current.json',
        's3:GetObject on Sites/docs/us/current.json',
        's3:ListBucket on Archives',
        's3:ListBucket on Sites',
        's3:PutObject on Sites/docs/eu/current.json',
        's3:PutObject on Sites/docs/eu/versions/*',
        's3:PutObject on Sites/docs/us/current.json',
        's3:PutObject on Sites/docs/us/versions/*',
      ],
    ],
    [
      'site-check',
      [
        's3:GetObject on Archives/archives/*',
        's3:GetObject on Sites/docs/eu/current.json',
        's3:GetObject on Sites/docs/eu/versions/*',
        's3:GetObject on Sites/docs/us/current.json',
        's3:GetObject on Sites/docs/us/versions/*',
        's3:ListBucket on Archives',
        's3:ListBucket on Sites',
      ],
    ],
    [
      'site-restore',
      [
        's3:GetObject on Sites/docs/eu/current.json',
        's3:GetObject on Sites/docs/eu/versions/*.json',
        's3:GetObject on Sites/docs/us/current.json',
        's3:GetObject on Sites/docs/us/versions/*.json',
        's3:ListBucket on Sites',
        's3:PutObject on Sites/docs/eu/current.json',
        's3:PutObject on Sites/docs/us/current.json',
      ],
    ],
    [
      'site-report',
      [
        's3:GetObject on Sites/docs/eu/current.json',
        's3:GetObject on Sites/docs/eu/versions/*.json',
        's3:GetObject on Sites/docs/us/current.json',
        's3:GetObject on Sites/docs/us/versions/*.json',
        's3:ListBucket on Sites',
        's3:PutObject on Sites/docs/reports/*',
      ],
    ],
  ] as const)('%s may do what it does and nothing else', (action, permissions) => {
    expect(permissionsOf(example, action)).toEqual([
      ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((write) => `${write} on its log group`),
      ...permissions,
    ]);
  });

  it('have no managed policies', () => {
    example.template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  it('pass the checks of cdk-nag', () => {
    expect(new AwsSolutionsChecks(example.app).validateScope(example.stack).violations).toEqual([]);
  });

  it('are the same assets for the same pages', { timeout: SLOW_TEST_MS }, () => {
    writeFileSync(join(folder, 'copy', 'README.md'), '# Changed\n');
    const changed = synthesize('copy', 'changed');
    const hashes = (of: Example) => ACTIONS.map((action) => assetOf(of, action).split('asset.')[1]);
    expect(hashes(temporary)).toEqual(hashes(example));
    expect(hashes(changed)[0]).not.toBe(hashes(example)[0]);
    expect(hashes(changed).slice(1)).toEqual(hashes(example).slice(1));
  });
});

const policySchema = z.object({
  Properties: z.object({
    Roles: z.tuple([z.object({ Ref: z.string() })]),
    PolicyDocument: z.object({
      Statement: z.array(
        z.strictObject({
          Effect: z.literal('Allow'),
          Action: z.union([z.string(), z.array(z.string())]),
          Resource: z.unknown(),
        }),
      ),
    }),
  }),
});

/** Everything the role of a function allows, as sentences. */
function permissionsOf(of: Example, action: SiteAction): string[] {
  const role = idOf(of, of.publishSite.functions[action].role?.roleName);
  const statements = Object.values(of.template.findResources('AWS::IAM::Policy'))
    .map((policy) => policySchema.parse(policy).Properties)
    .filter(({ Roles: [{ Ref: ofRole }] }) => ofRole === role)
    .flatMap(({ PolicyDocument: document }) => document.Statement);
  return statements
    .flatMap((statement) =>
      [statement.Action]
        .flat()
        .flatMap((verb) =>
          [statement.Resource].flat().map((resource) => `${verb} on ${readable(of, action, resource)}`),
        ),
    )
    .sort();
}

const arnSchema = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });
const keysSchema = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.tuple([arnSchema, z.string()])]) });

function readable(of: Example, action: SiteAction, resource: unknown): string {
  const { archives, sites, functions } = of.publishSite;
  const keys = keysSchema.safeParse(resource);
  const [arn, suffix] = keys.success ? keys.data['Fn::Join'][1] : [arnSchema.parse(resource), ''];
  const [id] = arn['Fn::GetAtt'];
  const names = new Map([
    [idOf(of, archives.bucketName), 'Archives'],
    [idOf(of, sites.bucketName), 'Sites'],
    [idOf(of, functions[action].logGroup.logGroupName), 'its log group'],
  ]);
  return `${names.get(id) ?? id}${suffix}`;
}

describe('deployed code', () => {
  let s3: LocalS3;

  beforeAll(async () => {
    s3 = await startLocalS3();
    vi.stubEnv('AWS_ENDPOINT_URL', s3.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('ARCHIVES_BUCKET', 'archives');
    vi.stubEnv('SITES_BUCKET', 'sites');
  });

  afterAll(() => {
    s3.close();
    vi.unstubAllEnvs();
  });

  const moduleSchema = z.object({
    handler: z.custom<(event: unknown) => Promise<unknown>>((value) => typeof value === 'function'),
  });

  /** Calls a function as Lambda does: what crosses the border is JSON. */
  async function call(action: SiteAction, input: unknown, who?: Parameters<typeof actionEvent>[1]) {
    const entry = pathToFileURL(join(assetOf(example, action), 'index.mjs')).href;
    const { handler } = moduleSchema.parse(await import(/* @vite-ignore */ entry));
    const event: unknown = JSON.parse(JSON.stringify(actionEvent(input, who)));
    return z.json().parse(await handler(event));
  }

  it('publishes its pages to two places and undoes what fails its check', {
    timeout: SLOW_TEST_MS,
  }, async () => {
    const built = z
      .object({
        release: z.literal(JOB),
        archive: z.looseObject({ bucket: z.string(), sha256: z.string() }),
        pages: z.literal(3),
        natures: z.tuple([z.literal('site')]),
      })
      .parse(await call('site-build', { site: 'docs' }, { op: 0, opFence: 2 }));
    const { release, archive } = built;
    const publish = async (target: string, who: Parameters<typeof actionEvent>[1]) =>
      z
        .object({ version: z.string(), previous: z.string().nullable(), key: z.string() })
        .parse(await call('site-publish', { target, release, archive }, { op: 1, opFence: 5, ...who }));
    const { version, key } = await publish('docs/eu', EARLIER);
    expect(s3.objects.get(`sites/${key}`)?.body.toString()).toContain('<a href="adr/0001.html">');
    const check = { target: 'docs/eu', archive, version };
    expect(await call('site-check', check, { op: 2, opFence: 8 })).toMatchObject({ checked: 3 });

    expect(await call('site-look', { target: 'docs/us' }, LATER)).toEqual({ version: null });
    await publish('docs/us', LATER);
    const broken = { target: 'docs/us', archive, version, requiredPages: ['imprint.html'] };
    await expect(call('site-check', broken, LATER)).rejects.toMatchObject({ name: 'CheckFailed' });
    const back = { target: 'docs/us', release, version: null };
    expect(await call('site-restore', back, { ...LATER, op: 4, opFence: 11 })).toEqual({
      version: null,
      restored: true,
    });
    const report = { site: 'docs', targets: ['docs/eu', 'docs/us'] };
    expect(await call('site-report', report, { op: 3, opFence: 14 })).toMatchObject({
      targets: [
        { outcome: 'published', version, pages: 3 },
        { outcome: 'restored', version: null, pages: 0 },
      ],
    });
  });
});
