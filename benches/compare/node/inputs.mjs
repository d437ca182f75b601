// The keys and values of every workload, made before anything is timed.

export const MILLION = 1_000_000;
export const BATCH = 1_000;

export const key = (number) => `key:${String(number).padStart(6, '0')}`;

/** 100 bytes, but 96 in a store of a million keys, whose size is a goal of its own. */
export const sizeOfValues = (keys) => (keys >= MILLION ? 96 : 100);

/** An object whose JSON text has so many bytes; another version is another value of the same length. */
export function value(number, version, size = 100) {
  const id = 100_000 + (number % 900_000);
  const made = { id, name: `user ${id}`, on: true, version: 100_000 + (version % 900_000), pad: '' };
  made.pad = 'x'.repeat(size - JSON.stringify(made).length);
  return made;
}

/** Numbers that a seed decides: the "minimal standard" generator of Park and Miller, with their later multiplier. */
export class Chance {
  #state;

  constructor(seed) {
    this.#state = (seed % 2_147_483_646) + 1;
  }

  /** From 0 up to, and without, 1. */
  next() {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return (this.#state - 1) / 2_147_483_646;
  }

  below(count) {
    return Math.floor(this.next() * count);
  }

  shuffled(items) {
    const order = [...items];
    for (let at = order.length - 1; at > 0; at -= 1) {
      const other = this.below(at + 1);
      [order[at], order[other]] = [order[other], order[at]];
    }
    return order;
  }

  /** So many different numbers below `keys`; if there are not enough, some come again. */
  numbers(keys, count) {
    if (count > keys) return Array.from({ length: count }, () => this.below(keys));
    if (count > keys / 4) return this.shuffled(Array.from({ length: keys }, (_, number) => number)).slice(0, count);
    const chosen = new Set();
    while (chosen.size < count) chosen.add(this.below(keys));
    return [...chosen];
  }
}

/** So many overwrites in random order: pairs of key and value. */
export function changes(keys, count, version, chance) {
  return chance.numbers(keys, count).map((number) => [key(number), value(number, version, sizeOfValues(keys))]);
}

/** Numbers below `count`, of which few are frequent: YCSB's distribution, with its constant of 0.99. */
class Zipf {
  constructor(count, chance) {
    this.chance = chance;
    let sum = 0;
    this.sums = Float64Array.from({ length: count }, (_, rank) => (sum += 1 / (rank + 1) ** 0.99));
    // Which numbers are the frequent ones is random too, so that they are not neighbours.
    this.scattered = chance.numbers(count, count);
  }

  /** 0 is the most frequent one. */
  rank() {
    const wanted = this.chance.next() * this.sums.at(-1);
    let [low, high] = [0, this.sums.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  number() {
    return this.scattered[this.rank()];
  }
}

// What part of the steps are reads; the others are writes, in d of new keys, in f of what was just read.
const READS = { a: 0.5, b: 0.95, c: 1, d: 0.95, f: 0.5 };

/** The steps of one of YCSB's mixes, each with its kind, `read`, `write` or `modify`. */
export function ycsb(mix, keys, count, chance) {
  const zipf = new Zipf(keys, chance);
  let newest = keys;
  return Array.from({ length: count }, (_, index) => {
    const reads = chance.next() < READS[mix];
    // In d the latest ones are the frequent ones.
    const number = mix !== 'd' ? zipf.number() : reads ? newest - 1 - zipf.rank() : newest++;
    const kind = reads ? 'read' : mix === 'f' ? 'modify' : 'write';
    return { kind, name: key(number), changed: reads ? undefined : value(number, index + 1) };
  });
}
