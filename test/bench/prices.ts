/**
 * On-demand prices in US dollars, us-east-1, without any free tier, as taken over on 2026-11-23.
 * Source: AWS's pricing pages of Step Functions ($0.025 per 1,000 state transitions), DynamoDB (on
 * demand, since November 2024), API Gateway (HTTP APIs, the first 300 million requests a month), Lambda
 * (Arm, the first tier) and EventBridge (custom events, each started 64 KB).
 */
export const PRICES = {
  stateTransition: 25 / 1e6,
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  httpRequest: 1 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  lambdaGbSecond: 0.0000133334,
  busEvent: 1 / 1e6,
} as const;
