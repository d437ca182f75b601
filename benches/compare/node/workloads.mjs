// The workloads of one process: each makes its inputs, and gives a function that measures an open store.
import assert from 'node:assert/strict';

import { BATCH, MILLION, Chance, changes, key, sizeOfValues, value, ycsb } from './inputs.mjs';
import { PEERS } from './peers.mjs';
import { each, fileBytes, latencies, mostResidentBytes, ofCalls, once, repeated, residentBytes } from './timing.mjs';

const FULL = ['set full', 'durable sets', 'counter'];

/** One measurement: what it is of, where, and how long. */
export class Task {
  constructor({ workload, peer, folder, keys, workers, seconds, seed }) {
    Object.assign(this, { workload, peer, folder, keys, workers, seconds, chance: new Chance(seed) });
  }

  open() {
    const durability = FULL.includes(this.workload) ? 'full' : 'normal';
    return PEERS[this.peer].open(this.folder, { durability, cold: this.workload === 'get cold' });
  }

  /** A count that fits to how long is measured, which is 0.25 s by default. */
  some(ofDefault) {
    return Math.max(100, Math.round((ofDefault * this.seconds) / 0.25));
  }
}

/** Puts the keys in, in their order, in transactions of 1,000. */
export async function fill(store, keys) {
  const put = store.fill ?? store.batchSet;
  for (let start = 0; start < keys; start += BATCH) {
    const count = Math.min(BATCH, keys - start);
    const entries = Array.from({ length: count }, (_, at) => [key(start + at), value(start + at, 0, sizeOfValues(keys))]);
    await put(entries);
  }
}

/** Over keys in random order, all of which have been asked for once. */
function reads(task) {
  const absent = task.workload === 'get missing';
  const numbers = task.chance.numbers(task.keys, Math.min(task.keys, task.some(20_000)));
  const names = numbers.map((number) => (absent ? key(number).replace('key', 'none') : key(number)));
  const expected = absent ? undefined : value(numbers[0], 0, sizeOfValues(task.keys));
  return async ({ get, promises }) => {
    const pass = async () => {
      await each(names, get, promises);
      return names.length;
    };
    await pass();
    const rate = await repeated(pass, task.seconds);
    assert.deepEqual((await get(names[0])) ?? undefined, expected);
    return { per_second: rate, ...(await ofCalls(names.slice(0, task.some(10_000)), get, promises)) };
  };
}

/** Overwrites; those at `full` wait for the disk, and fewer of them show it. */
function writes(task) {
  const count = task.some(task.workload === 'set full' ? 1_000 : 10_000);
  const first = changes(task.keys, count, 1, task.chance);
  const second = changes(task.keys, Math.max(100, count / 4), 2, task.chance);
  return async ({ get, set, promises }) => {
    const call = ([name, changed]) => set(name, changed);
    const rate = await once(async () => {
      await each(first, call, promises);
      return first.length;
    });
    const found = await ofCalls(second, call, promises);
    assert.deepEqual(await get(second.at(-1)[0]), second.at(-1)[1]);
    return { per_second: rate, ...found };
  };
}

function batchReads(task) {
  const names = Array.from({ length: 10 }, () => task.chance.numbers(task.keys, BATCH).map(key));
  return async ({ batchGet, promises }) => {
    const pass = async () => {
      await each(names, batchGet, promises);
      return names.length;
    };
    await pass();
    const rate = await repeated(pass, task.seconds);
    assert.equal((await batchGet(names[0])).size, BATCH);
    return { per_second: rate, ...(await ofCalls([...names, ...names, ...names], batchGet, promises)) };
  };
}

function batchWrites(task) {
  // None has the same value for a key as one before, nor as the one that is there.
  const count = task.some(60);
  const many = Array.from({ length: count }, (_, version) => changes(task.keys, BATCH, version + 1, task.chance));
  const [first, second] = [many.slice(0, count / 2), many.slice(count / 2)];
  return async ({ batchSet, promises }) => {
    const rate = await once(async () => {
      await each(first, batchSet, promises);
      return first.length;
    });
    return { per_second: rate, ...(await ofCalls(second, batchSet, promises)) };
  };
}

function lists(task) {
  const prefixes = Array.from({ length: 100 }, () => `key:${String(task.chance.below(task.keys / 100)).padStart(4, '0')}`);
  return async ({ list, promises }) => {
    const expected = Array.from({ length: 100 }, (_, number) => `${prefixes[0]}${String(number).padStart(2, '0')}`);
    assert.deepEqual(await list(prefixes[0]), expected);
    const rate = await repeated(async () => {
      await each(prefixes, list, promises);
      return prefixes.length;
    }, task.seconds);
    return { per_second: rate, ...(await ofCalls(prefixes, list, promises)) };
  };
}

function mixes(task) {
  const steps = ycsb(task.workload.at(-1), task.keys, task.some(25_000), task.chance);
  const warm = Array.from({ length: task.keys }, (_, number) => key(number));
  const [rated, rest] = [steps.slice(0, steps.length * 0.8), steps.slice(steps.length * 0.8)];
  return async ({ get, set, promises }) => {
    const now = ({ kind, name, changed }) => {
      if (kind === 'read') get(name);
      else if (kind === 'modify') set(name, { ...get(name), version: changed.version });
      else set(name, changed);
    };
    const later = async ({ kind, name, changed }) => {
      if (kind === 'read') await get(name);
      else if (kind === 'modify') await set(name, { ...(await get(name)), version: changed.version });
      else await set(name, changed);
    };
    const step = promises ? later : now;
    await each(warm, get, promises);
    const rate = await once(async () => {
      await each(rated, step, promises);
      return rated.length;
    });
    return { per_second: rate, ...(await ofCalls(rest, step, promises)) };
  };
}

/** So many calls are under way at a time; where a call waits, that is one after the other. */
function durableSets(task) {
  const pairs = changes(task.keys, task.some(3_200), 1, task.chance);
  return async (store) => {
    const set = store.setLater ?? store.set;
    const taken = [];
    let at = 0;
    const worker = async () => {
      while (at < pairs.length) {
        const [name, changed] = pairs[at++];
        const start = performance.now();
        await set(name, changed);
        taken.push(performance.now() - start);
      }
    };
    const rate = await once(async () => {
      await Promise.all(Array.from({ length: task.workers }, worker));
      return pairs.length;
    });
    return { per_second: rate, ...latencies(taken) };
  };
}

function fills(task) {
  return async (store) => ({
    per_second: await once(async () => {
      await fill(store, task.keys);
      return task.keys / BATCH;
    }),
  });
}

export const WORKLOADS = {
  'get cached': reads,
  'get cold': reads,
  'get missing': reads,
  'set normal': writes,
  'set full': writes,
  'batch get': batchReads,
  'batch set': batchWrites,
  'list 100': lists,
  ...Object.fromEntries([...'abcdf'].map((mix) => [`ycsb ${mix}`, mixes])),
  'durable sets': durableSets,
  fill: fills,
};

/** Measures in this process. A store of a million keys is there already, or is what is made. */
export async function run(task) {
  const measure = WORKLOADS[task.workload](task);
  const before = residentBytes();
  const store = await task.open();
  if (task.keys < MILLION && task.workload !== 'fill') await fill(store, task.keys);
  const measured = await measure(store);
  const after = mostResidentBytes();
  await store.close();
  const memory = before === null || after === null ? null : Math.max(0, after - before);
  return { ...measured, rss_bytes: memory, file_bytes: fileBytes(task.folder) };
}
