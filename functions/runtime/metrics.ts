import { Metrics } from '@aws-lambda-powertools/metrics';

/** Metrics in CloudWatch's embedded format: log lines, so no call and no permission. */
export const metrics = new Metrics({ namespace: 'Jobplane', serviceName: 'jobplane' });
