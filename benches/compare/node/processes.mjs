// The workloads of several processes: each opens the store itself, and all begin when the last is ready.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { changes, key } from './inputs.mjs';
import { latencies, repeated } from './timing.mjs';
import { Task, fill } from './workloads.mjs';

const MAIN = fileURLToPath(new URL('main.mjs', import.meta.url));
const OPENING = fileURLToPath(new URL('opening.mjs', import.meta.url));
const COUNTER = 'counter';
const COMMITS_A_SECOND = 100;
const OPENINGS = 5;

/** A process of a measurement, which this one starts, and has ended before it goes on. */
class Worker {
  constructor(task, role) {
    const { workload, peer, folder, keys, seconds } = task;
    const given = { role, workload, peer, folder, keys, workers: 1, seconds, seed: task.chance.below(1 << 30) };
    this.process = spawn(process.execPath, [MAIN, '--worker', JSON.stringify(given)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = new Promise((resolve) => this.process.once('close', resolve));
    this.lines = createInterface(this.process.stdout)[Symbol.asyncIterator]();
  }

  async line() {
    const { done, value } = await this.lines.next();
    assert(!done, 'a worker has failed');
    return value;
  }

  async result() {
    const line = await this.line();
    assert.equal(await this.ended, 0, 'a worker has failed');
    return JSON.parse(line);
  }
}

/** What each worker has measured. */
async function together(task, roles) {
  const workers = roles.map((role) => new Worker(task, role));
  try {
    for (const worker of workers) assert.equal(await worker.line(), 'ready');
    for (const worker of workers) worker.process.stdin.end('go\n');
    return await Promise.all(workers.map((worker) => worker.result()));
  } finally {
    for (const worker of workers) worker.process.kill('SIGKILL');
    await Promise.all(workers.map((worker) => worker.ended));
  }
}

async function prepare(task) {
  const store = await task.open();
  await fill(store, task.keys);
  await store.close();
}

const sum = (items, of) => items.reduce((total, item) => total + of(item), 0);

/** Increments of one key, each timed: beside a sync to the disk that is nothing. */
async function counter(task) {
  await prepare(task);
  const found = await together(task, Array(task.workers).fill('count'));
  const store = await task.open();
  assert.equal(Number(await store.get(COUNTER)), sum(found, ({ taken }) => taken.length), 'increments were lost');
  await store.close();
  return { per_second: sum(found, (each) => each.per_second), ...latencies(found.flatMap(({ taken }) => taken)) };
}

async function readers(task) {
  await prepare(task);
  const found = await together(task, [...Array(task.workers).fill('read'), 'write']);
  const writer = found.pop();
  return { per_second: sum(found, (each) => each.per_second), commits_per_second: writer.per_second };
}

/** Of a store that is there, in fresh processes one after the other: their median. */
async function openings(task) {
  await prepare(task);
  const column = task.workload === 'import and open' ? 0 : 1;
  const taken = [];
  for (let times = 0; times < OPENINGS; times += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, [OPENING, task.peer, task.folder]);
    taken.push(Number(stdout.split(' ')[column]));
  }
  const { p50_us, max_us } = latencies(taken);
  return { per_second: 1e6 / p50_us, p50_us, max_us };
}

export const WORKLOADS = { counter, 'readers beside a writer': readers, open: openings, 'import and open': openings };

/** A worker is ready, and waits for the others. */
async function begin() {
  console.log('ready');
  for await (const line of createInterface(process.stdin)) {
    assert.equal(line, 'go');
    return;
  }
  throw new Error('it was not told to begin');
}

const ROLES = {
  async count(task, seconds) {
    const store = await task.open();
    await begin();
    const [taken, first] = [[], performance.now()];
    while (performance.now() < first + seconds * 1000) {
      const start = performance.now();
      store.increment(COUNTER);
      taken.push(performance.now() - start);
    }
    const rate = (taken.length / (performance.now() - first)) * 1000;
    await store.close();
    return { per_second: rate, taken };
  },

  async read(task, seconds) {
    const names = task.chance.numbers(task.keys, task.keys).map(key);
    const { get, promises, close } = await task.open();
    for (const name of names) assert(await get(name));
    let at = 0;
    await begin();
    // Few at a time, so that the end is met.
    const rate = await repeated(async () => {
      for (let count = 0; count < 100; count += 1) {
        at = (at + 1) % names.length;
        if (promises) await get(names[at]);
        else get(names[at]);
      }
      return 100;
    }, seconds);
    await close();
    return { per_second: rate };
  },

  async write(task, seconds) {
    const pairs = changes(task.keys, Math.ceil(seconds * COMMITS_A_SECOND), 1, task.chance);
    const store = await task.open();
    await begin();
    const start = performance.now();
    for (const [number, [name, changed]] of pairs.entries()) {
      const early = start + (number * 1000) / COMMITS_A_SECOND - performance.now();
      if (early > 0) await pause(early);
      await store.set(name, changed);
    }
    const rate = (pairs.length / (performance.now() - start)) * 1000;
    await store.close();
    return { per_second: rate };
  },
};

/** What a worker does, four times as long as a rate is taken elsewhere, so that all are under way. */
export async function work({ role, ...given }) {
  const task = new Task(given);
  console.log(JSON.stringify(await ROLES[role](task, 4 * task.seconds)));
}
