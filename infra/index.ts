/**
 * What other CDK apps import from the package `jobplane`: the construct, its actions, whose tokens it takes, and
 * the types of their props. Nothing else of the repository is a contract.
 */
export type { Quotas } from '../core/quota/quotas.ts';
export { Action } from './constructs/action.ts';
export type { Throttle } from './constructs/http-api.ts';
export { Identity, type OidcProps } from './constructs/identity.ts';
export { Jobplane, type JobplaneProps } from './constructs/jobplane.ts';
