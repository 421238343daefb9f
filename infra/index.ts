/**
 * What other CDK apps import from the package `jobplane`: the construct, its actions, and the types of their
 * props. Nothing else of the repository is a contract.
 */
export { Action } from './constructs/action.ts';
export { Jobplane, type JobplaneProps } from './constructs/jobplane.ts';
