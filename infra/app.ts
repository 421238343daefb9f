import { App, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as z from 'zod';
import { Identity } from './constructs/identity.ts';
import { JobplaneStack } from './stacks/jobplane-stack.ts';

/**
 * Settings of a deployment, given as `-c jobplane:removal=destroy`: what `cdk destroy` does with data
 * (`retain` or `destroy`), when executions are looked at, in seconds, and whose tokens are taken: an issuer
 * with its audiences, separated by commas, instead of a user pool of the stack's own.
 */
const contextSchema = z.object({
  removal: z.enum(['retain', 'destroy']).default('retain'),
  livenessFirstSeconds: z.coerce.number().int().min(1).optional(),
  livenessMaxSeconds: z.coerce.number().int().min(1).optional(),
  issuer: z.string().optional(),
  audience: z.string().default(''),
});

const app = new App();

const context = contextSchema.parse({
  removal: app.node.tryGetContext('jobplane:removal') ?? undefined,
  livenessFirstSeconds: app.node.tryGetContext('jobplane:livenessFirstSeconds') ?? undefined,
  livenessMaxSeconds: app.node.tryGetContext('jobplane:livenessMaxSeconds') ?? undefined,
  issuer: app.node.tryGetContext('jobplane:issuer') ?? undefined,
  audience: app.node.tryGetContext('jobplane:audience') ?? undefined,
});

const { livenessFirstSeconds: first, livenessMaxSeconds: max, issuer, audience } = context;

if (issuer === undefined && audience !== '') {
  throw new Error('jobplane:audience is of no issuer; say jobplane:issuer too, or neither for a user pool');
}

new JobplaneStack(app, 'Jobplane', {
  removalPolicy: context.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  ...(first === undefined || max === undefined
    ? {}
    : { liveness: { first: Duration.seconds(first), max: Duration.seconds(max) } }),
  ...(issuer === undefined ? {} : { identity: Identity.oidc({ issuer, audience: audience.split(',') }) }),
});

// A finding that nobody has accepted with a reason fails the synthesis.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
