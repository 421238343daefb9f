import type { Instant } from '../../../core/job/instant.ts';
import type { Random } from './random.ts';

export type Port = 'store' | 'executions' | 'actions' | 'schedules' | 'bus';

/** How often what goes wrong, in one history: a probability for each call, or each delivery. */
export interface FaultRates {
  /** The process dies before the call, or after it: the effect happened and nobody heard. */
  readonly crash: number;
  /** Throttled: nothing happened, and the caller hears it. */
  readonly refuse: number;
  /** The effect happened, and the caller hears of a failure. */
  readonly lose: number;
  /** The process hangs for up to a minute and a half, which ends most functions. */
  readonly stall: number;
  /** Lambda itself fails an invocation: it does not run, or its answer is lost. */
  readonly invocation: number;
  /** An event or a completion comes twice; or long after. */
  readonly duplicate: number;
  readonly late: number;
  /** A status-change event that never comes. */
  readonly loseEvent: number;
  /** Whoever holds a job dies with that commit, and the store refuses everything for minutes. */
  readonly outageOnHold: number;
  /** Clocks of two functions differ by twice this at the most. */
  readonly skewMs: number;
}

export const NO_FAULTS: FaultRates = {
  crash: 0,
  refuse: 0,
  lose: 0,
  stall: 0,
  invocation: 0,
  duplicate: 0,
  late: 0,
  loseEvent: 0,
  outageOnHold: 0,
  skewMs: 0,
};

/** A service that refuses every call for a while. */
export interface Outage {
  readonly port: Port;
  readonly from: Instant;
  readonly to: Instant;
}

export type Fault = 'crash before' | 'crash after' | 'refused' | 'answer lost';

/** What goes wrong in a history, by its dice. */
export class Faults {
  #rates: FaultRates;
  #outages: readonly Outage[];
  readonly #random: Random;

  constructor(rates: FaultRates, outages: readonly Outage[], random: Random) {
    this.#rates = rates;
    this.#outages = outages;
    this.#random = random;
  }

  /** From here on nothing goes wrong. */
  end(): void {
    this.#rates = NO_FAULTS;
    this.#outages = [];
  }

  get rates(): FaultRates {
    return this.#rates;
  }

  /** How long services refuse everything, all together, as far as that is known. */
  get outagesMs(): number {
    return this.#outages.reduce((sum, { from, to }) => sum + (to - from), 0);
  }

  /** A service begins to refuse every call, for a while. */
  add(outage: Outage): void {
    this.#outages = [...this.#outages, outage];
  }

  isOut(port: Port, now: Instant): boolean {
    return this.#outages.some((outage) => outage.port === port && outage.from <= now && now < outage.to);
  }

  isAnyOut(now: Instant): boolean {
    return this.#outages.some(({ from, to }) => from <= now && now < to);
  }

  /** What goes wrong with this call, if anything. */
  ofCall(): Fault | null {
    const { crash, refuse, lose } = this.#rates;
    const thrown = this.#random.next();
    if (thrown < crash) return thrown < crash / 2 ? 'crash before' : 'crash after';
    if (thrown < crash + refuse) return 'refused';
    if (thrown < crash + refuse + lose) return 'answer lost';
    return null;
  }

  happens(kind: Exclude<keyof FaultRates, 'skewMs'>): boolean {
    const rate = this.#rates[kind];
    return rate > 0 && this.#random.chance(rate);
  }

  /** Milliseconds until a call arrives: mostly at once, so that any order is possible. */
  latency(): number {
    if (this.happens('stall')) return this.#random.int(1_000, 90_000);
    return this.#random.chance(0.5) ? 0 : this.#random.int(1, 40);
  }

  skew(): number {
    const { skewMs } = this.#rates;
    return skewMs === 0 ? 0 : this.#random.int(-skewMs, skewMs);
  }

  /** Whether a call that was under way when its caller died still arrives. */
  arrivesAnyway(): boolean {
    return this.#random.chance(0.5);
  }
}
