import { Logger } from '@aws-lambda-powertools/logger';

/** Structured JSON lines with correlation ids; never payloads, tokens or nonces. */
export const logger = new Logger({ serviceName: 'jobplane' });
