import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for the SDK's default provider in the bundles: the credentials of the function's role,
 * which Lambda puts into the environment.
 */
export function defaultProvider() {
  return fromEnv();
}
