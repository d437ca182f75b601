// What a worker does in the test of coherence: it commits numbered steps, or checks what it reads against them.
import { openSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What was seen of a key besides its value, which is the number of a step: nothing, or that there is something. */
const [NOTHING, SOMETHING] = [0, -1];

/** The value that a key has after a step, or NOTHING, and whether it expires soon. */
const holds = (step) => {
  const kind = step % 10;
  if (step === 0 || kind === 7) return { held: NOTHING, fleeting: false };
  // The sixth sets the same once more.
  return { held: kind === 6 ? step - 1 : step, fleeting: kind === 8 };
};

const fits = (seen, step) => {
  const { held, fleeting } = holds(step);
  if (seen === NOTHING) return held === NOTHING || fleeting;
  return seen === SOMETHING ? held !== NOTHING : seen === held;
};

/**
 * Which steps of each key were begun and which were acknowledged, in a file that all workers share. A number of 32 bits
 * stands beside its complement, so that one that is being written is not read half.
 */
class Steps {
  constructor(path, keys) {
    this.file = openSync(path, 'r+');
    this.keys = keys;
    this.words = new Uint32Array(keys * 2);
  }

  tell(at, step) {
    writeSync(this.file, new Uint32Array([step, ~step]), 0, 8, at * 8);
  }

  begin(at, step) {
    this.tell(at, step);
  }

  acknowledge(at, step) {
    this.tell(this.keys + at, step);
  }

  numbers(first) {
    for (;;) {
      readSync(this.file, this.words, 0, this.words.byteLength, first * 8);
      const steps = Array.from({ length: this.keys }, (_, at) => this.words[at * 2]);
      if (steps.every((step, at) => ~step >>> 0 === this.words[at * 2 + 1])) return steps;
    }
  }

  begun() {
    return this.numbers(0);
  }

  acknowledged() {
    return this.numbers(this.keys);
  }
}

/** Random numbers, by Marsaglia's generator of 32 bits. */
const chances = (seed) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
};

/** Takes the next step of a key. */
const take = async (ns, steps, at, step) => {
  steps.begin(at, step);
  const { held, fleeting } = holds(step);
  if (held === NOTHING) await ns.delete(`key ${at}`);
  else await ns.set(`key ${at}`, held, fleeting ? { ttlMs: 3 } : {});
  steps.acknowledge(at, step);
};

/** Takes the next steps of several keys in one commit. */
const takeTogether = async (ns, steps, taken) => {
  for (const [at, step] of taken) steps.begin(at, step);
  await ns.batchSet(taken.map(([at, step]) => [`key ${at}`, holds(step).held]));
  for (const [at, step] of taken) steps.acknowledge(at, step);
};

/** Reads a key in one of all ways. */
const look = async (ns, key, way) => {
  switch (way) {
    case 0: {
      const before = Date.now();
      const entry = await ns.entry(key);
      if (entry && entry.expiresAtMs != null && entry.expiresAtMs < before) throw new Error(`${key} had expired`);
      return entry ? entry.value : NOTHING;
    }
    case 1:
      return (await ns.exists(key)) ? SOMETHING : NOTHING;
    case 2:
      try {
        await ns.getTtl(key);
        return SOMETHING;
      } catch (error) {
        if (error.code !== 'KEY_NOT_FOUND') throw error;
        return NOTHING;
      }
    case 3:
    case 4:
      return ns.getSync(key, NOTHING);
    default:
      return ns.get(key, NOTHING);
  }
};

/** The part of the worker that has to do with it. */
export class Coherence {
  /** Commits to its keys, and to a pair that it keeps the same, until the process is killed. */
  async churn({ steps, keys, first, each, seed }) {
    const { store } = this;
    const [ns, pair] = [store.namespace('a'), store.namespace(`pair ${first}`)];
    const [told, random] = [new Steps(steps, keys), chances(seed)];
    const numbers = told.begun();
    for (;;) {
      const at = first + (random() % each);
      numbers[at] += 1;
      await take(ns, told, at, numbers[at]);
      switch (random() % 10) {
        case 0:
          await sleep(random() % 3);
          break;
        case 1:
          // It is not there, so this is a commit that writes nothing.
          if (await ns.delete('never')) throw new Error('a key that never was set was there');
          break;
        case 2: {
          const both = (await pair.get('left', 0)) + 1;
          await pair.batchSet([['left', both], ['right', both]]);
          break;
        }
        case 3: {
          const mine = Array.from({ length: each }, (_, number) => first + number);
          const lasting = mine.filter((own) => (numbers[own] + 1) % 10 < 6);
          for (const own of lasting) numbers[own] += 1;
          await takeTogether(ns, told, lasting.map((own) => [own, numbers[own]]));
          break;
        }
        default:
      }
    }
  }

  /** Reads so often, checks each read, and commits to its own keys in between. */
  async look({ steps, keys, first, each, seed, times, pairs }) {
    const { store } = this;
    const [ns, told, random] = [store.namespace('a'), new Steps(steps, keys), chances(seed)];
    const kept = pairs.map((pair) => ({ side: store.namespace(`pair ${pair}`), last: 0 }));
    const names = Array.from({ length: keys }, (_, at) => `key ${at}`);
    const own = told.begun();
    // What is known to have been reached, by what was read.
    const reached = names.map(() => 0);
    let reads = 0;
    while (reads < times) {
      const acknowledged = told.acknowledged();
      const found = new Map();
      if (random() % 8 === 0) {
        const batch = await ns.batchGet(names);
        names.forEach((name, at) => found.set(at, batch.get(name) ?? NOTHING));
      } else {
        for (let time = 0; time < keys; time += 1) {
          const at = random() % keys;
          if (!found.has(at)) found.set(at, await look(ns, names[at], random() % 8));
        }
      }
      const begun = told.begun();
      reads += found.size;
      for (const [at, seen] of found) {
        let step = Math.max(reached[at], acknowledged[at]);
        while (step <= begun[at] && !fits(seen, step)) step += 1;
        if (step > begun[at]) {
          throw new Error(
            `${names[at]} gave ${seen}: step ${acknowledged[at]} was acknowledged, ${reached[at]} was read before, ` +
              `${begun[at]} has begun`,
          );
        }
        reached[at] = step;
      }
      for (const one of kept) {
        const both = await one.side.batchGet(['left', 'right']);
        const [left, right] = [both.get('left') ?? 0, both.get('right') ?? 0];
        if (left !== right || left < one.last) throw new Error(`${left} and ${right} after ${one.last}`);
        one.last = left;
      }
      if (random() % 6 === 0) {
        const at = first + (random() % each);
        own[at] += 1;
        await take(ns, told, at, own[at]);
      }
    }
    const { cacheHits: hits, cacheMisses: misses } = await store.stats();
    return { reads, hits, misses };
  }
}
