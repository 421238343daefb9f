import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CfnElement, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bundleFunctions } from '../../infra/bundling/bundle-functions.ts';

export interface PublishSiteProps {
  /**
   * Sites by their name.
   *
   * @default docs: the `docs` folder of this repository, published to `docs/eu` and `docs/us`
   */
  readonly sites?: Readonly<Record<string, Site>>;

  /**
   * What becomes of the buckets and logs when the stack goes. CloudFormation deletes a bucket only
   * once it is empty.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: logs.RetentionDays;
}

export interface Site {
  /** Folder of Markdown pages. */
  readonly pages: string;
  /** Where it is published: the place `eu` of the site `docs` is the target `docs/eu`. */
  readonly places: readonly string[];
}

const SITE_ACTIONS = [
  'site-build',
  'site-look',
  'site-publish',
  'site-check',
  'site-restore',
  'site-report',
] as const;

export type SiteAction = (typeof SITE_ACTIONS)[number];

const ENTRIES = new Map(SITE_ACTIONS.map((action) => [action, entryOf(action)] as const));

const THESE_DOCS = fileURLToPath(new URL('../../docs', import.meta.url));

/** Shorter than the timeout of an op in job.json, so that an op ends with what its function says. */
const FUNCTION_TIMEOUT = Duration.seconds(100);

/** Twice the largest archive and its files, and the runtime. */
const FUNCTION_MEMORY_MIB = 512;

/** Longer than jobs are kept by default, so that a job can be rerun from RUN as long as it is there. */
const ARCHIVE_RETENTION = Duration.days(90);

/** Publishes folders of pages to several places each: the buckets, and a Lambda function for each action. */
export class PublishSite extends Construct {
  /** What `new Jobplane(…, {actions})` takes, each wrapped in `Action.lambda`. */
  readonly functions: Readonly<Record<SiteAction, lambda.Function>>;
  readonly archives: s3.Bucket;
  readonly sites: s3.Bucket;

  constructor(scope: Construct, id: string, props: PublishSiteProps = {}) {
    super(scope, id);
    const {
      sites = { docs: { pages: THESE_DOCS, places: ['eu', 'us'] } },
      removalPolicy = RemovalPolicy.RETAIN,
      logRetention = logs.RetentionDays.ONE_MONTH,
    } = props;

    this.archives = privateBucket(this, 'Archives', removalPolicy, [{ expiration: ARCHIVE_RETENTION }]);
    this.sites = privateBucket(this, 'Sites', removalPolicy, []);
    const ARCHIVES_BUCKET = this.archives.bucketName;
    const SITES_BUCKET = this.sites.bucketName;

    const archive = this.archives.arnForObjects('archives/*');
    const targets = Object.entries(sites).flatMap(([site, { places }]) =>
      places.map((place) => `${site}/${place}`),
    );
    const ofTargets = (key: string) => targets.map((target) => this.sites.arnForObjects(`${target}/${key}`));
    const pointers = ofTargets('current.json');
    const versions = ofTargets('versions/*');
    const versionRecords = ofTargets('versions/*.json');
    const reports = Object.keys(sites).map((site) => this.sites.arnForObjects(`${site}/reports/*`));
    // Without it S3 answers 403 instead of 404 for an object that is not there, as the first pointer is not.
    const missingInSites = allow('s3:ListBucket', [this.sites.bucketArn]);
    const missingInBoth = allow('s3:ListBucket', [this.archives.bucketArn, this.sites.bucketArn]);

    const bundleOf = bundleFunctions('publish-site', ENTRIES);
    for (const [site, { pages }] of Object.entries(sites)) {
      copyPages(pages, join(bundleOf('site-build'), 'pages', site));
    }

    const actionFunction = (
      action: SiteAction,
      description: string,
      environment: Readonly<Record<string, string>>,
      statements: readonly iam.PolicyStatement[],
    ): lambda.Function => {
      const logGroup = new logs.LogGroup(this, `${action}-logs`, { retention: logRetention, removalPolicy });
      const role = new iam.Role(this, `${action}-role`, {
        assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
        description: `What the function of the action ${action} may do`,
      });
      logGroup.grantWrite(role);
      for (const statement of statements) role.addToPolicy(statement);
      return new lambda.Function(this, action, {
        description,
        runtime: lambda.Runtime.NODEJS_22_X,
        architecture: lambda.Architecture.ARM_64,
        code: lambda.Code.fromAsset(bundleOf(action)),
        handler: 'index.handler',
        environment: { ...environment },
        memorySize: FUNCTION_MEMORY_MIB,
        timeout: FUNCTION_TIMEOUT,
        loggingFormat: lambda.LoggingFormat.JSON,
        logGroup,
        role,
      });
    };

    this.functions = {
      'site-build': actionFunction(
        'site-build',
        'Builds an archive of a site from its folder of pages',
        { ARCHIVES_BUCKET },
        [allow('s3:PutObject', [archive])],
      ),
      'site-look': actionFunction('site-look', 'Tells which version a target shows', { SITES_BUCKET }, [
        allow('s3:GetObject', pointers),
        missingInSites,
      ]),
      'site-publish': actionFunction(
        'site-publish',
        'Publishes an archive as the current version of a target',
        { ARCHIVES_BUCKET, SITES_BUCKET },
        [
          allow('s3:GetObject', [archive, ...pointers]),
          allow('s3:PutObject', [...versions, ...pointers]),
          missingInBoth,
        ],
      ),
      'site-check': actionFunction(
        'site-check',
        'Compares what a target shows with its archive',
        { ARCHIVES_BUCKET, SITES_BUCKET },
        [allow('s3:GetObject', [archive, ...pointers, ...versions]), missingInBoth],
      ),
      'site-restore': actionFunction(
        'site-restore',
        'Switches a target back to an earlier version',
        { SITES_BUCKET },
        [
          allow('s3:GetObject', [...pointers, ...versionRecords]),
          allow('s3:PutObject', pointers),
          missingInSites,
        ],
      ),
      'site-report': actionFunction(
        'site-report',
        'Reports what became of the targets of a site',
        { SITES_BUCKET },
        [
          allow('s3:GetObject', [...pointers, ...versionRecords]),
          allow('s3:PutObject', reports),
          missingInSites,
        ],
      ),
    };

    Validations.of(this).acknowledge(
      {
        id: 'AwsSolutions-S1',
        reason: 'Only the functions above use the buckets, and the journal of a job tells what they did.',
      },
      { id: 'AwsSolutions-L1', reason: 'Node.js 22, as all functions of this repository.' },
    );
    acknowledgeWildcards(this.archives, ['archives/*']);
    acknowledgeWildcards(this.sites, [
      ...targets.flatMap((target) => [`${target}/versions/*`, `${target}/versions/*.json`]),
      ...Object.keys(sites).map((site) => `${site}/reports/*`),
    ]);
  }
}

/** Accepts these keys in the policies beside a bucket, and no other wildcard. */
function acknowledgeWildcards(bucket: s3.Bucket, keys: readonly string[]): void {
  const { defaultChild, scope } = bucket.node;
  if (!CfnElement.isCfnElement(defaultChild) || scope === undefined)
    throw new Error('a bucket has no resource');
  const id = Stack.of(bucket).getLogicalId(defaultChild);
  Validations.of(scope).acknowledge(
    ...keys.map((key) => ({
      id: `AwsSolutions-IAM5[Resource::<${id}.Arn>/${key}]`,
      reason: 'The rest of the key is not known before a job runs: a hash, a path or the id of the job.',
    })),
  );
}

function privateBucket(
  scope: Construct,
  id: string,
  removalPolicy: RemovalPolicy,
  lifecycleRules: s3.LifecycleRule[],
): s3.Bucket {
  return new s3.Bucket(scope, id, {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules,
    removalPolicy,
  });
}

function allow(action: string, resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: [action], resources });
}

function entryOf(action: string): string {
  return fileURLToPath(new URL(`./functions/${action}.lambda.ts`, import.meta.url));
}

/** Without hidden files: an editor's leavings must not make another asset of the same pages. */
function copyPages(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !basename(path).startsWith('.') });
}
