/** Dice that a seed determines: the same seed throws the same numbers, in whatever order of calls. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Small seeds differ in few bits; mixing them first makes their first throws differ too.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  }

  /** From [0, 1). The generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.next() * items.length)] ?? items[0];
  }

  /** One of the keys, by their weights. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
    const entries: [Key, number][] = [];
    for (const key in weights) entries.push([key, weights[key]]);
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    throw new Error('there is nothing to choose from');
  }

  /** Dice of their own, so that what one part throws does not change what another does. */
  fork(): Random {
    return new Random(this.int(0, 0x7fffffff));
  }
}
