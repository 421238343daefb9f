import type { Invocations } from './invocations.ts';
import { PRICES } from './prices.ts';
import { spreadOf } from './spread.ts';

/** What one job uses of everything that is billed by use. */
export interface JobUsage {
  readonly transitions: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly httpRequests: number;
  readonly busEvents: number;
  readonly lambdaRequests: number;
  readonly lambdaGbSeconds: number;
}

export interface BillLine {
  readonly what: string;
  readonly perJob: number;
  /** Of a million jobs. */
  readonly dollars: number;
}

const JOBS = 1_000_000;
const MB_PER_GB = 1_024;
const MS_PER_SECOND = 1_000;

/** What a million such jobs cost, line by line. */
export function billOf(usage: JobUsage): { readonly lines: readonly BillLine[]; readonly dollars: number } {
  const line = (what: string, perJob: number, price: number) => ({
    what,
    perJob,
    dollars: perJob * price * JOBS,
  });
  const lines = [
    line('state transitions', usage.transitions, PRICES.stateTransition),
    line('write units', usage.writeUnits, PRICES.writeUnit),
    line('read units', usage.readUnits, PRICES.readUnit),
    line('HTTP requests', usage.httpRequests, PRICES.httpRequest),
    line('Lambda requests', usage.lambdaRequests, PRICES.lambdaRequest),
    line('Lambda GB-seconds', usage.lambdaGbSeconds, PRICES.lambdaGbSecond),
    line('bus events', usage.busEvents, PRICES.busEvent),
  ];
  return { lines, dollars: lines.reduce((total, { dollars }) => total + dollars, 0) };
}

/** Of one job, by the invocations of so many; every invocation counted with one percentile's duration. */
export function gbSecondsOfJob(
  invocations: readonly Invocations[],
  jobs: number,
  percentile: 'median' | 'p95',
): number {
  return invocations.reduce((total, { of, durationsMs }) => {
    const seconds = (spreadOf(durationsMs)[percentile] * durationsMs.length) / jobs / MS_PER_SECOND;
    return total + (seconds * of.memoryMb) / MB_PER_GB;
  }, 0);
}
