import { App, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as z from 'zod';
import { JobplaneStack } from './stacks/jobplane-stack.ts';

/**
 * Settings of a deployment, given as `-c jobplane:removal=destroy`: what `cdk destroy` does with data
 * (`retain` or `destroy`), and when executions are looked at, in seconds.
 */
const contextSchema = z.object({
  removal: z.enum(['retain', 'destroy']).default('retain'),
  livenessFirstSeconds: z.coerce.number().int().min(1).optional(),
  livenessMaxSeconds: z.coerce.number().int().min(1).optional(),
});

const app = new App();

const context = contextSchema.parse({
  removal: app.node.tryGetContext('jobplane:removal') ?? undefined,
  livenessFirstSeconds: app.node.tryGetContext('jobplane:livenessFirstSeconds') ?? undefined,
  livenessMaxSeconds: app.node.tryGetContext('jobplane:livenessMaxSeconds') ?? undefined,
});

const { livenessFirstSeconds: first, livenessMaxSeconds: max } = context;

new JobplaneStack(app, 'Jobplane', {
  removalPolicy: context.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  ...(first === undefined || max === undefined
    ? {}
    : { liveness: { first: Duration.seconds(first), max: Duration.seconds(max) } }),
});
