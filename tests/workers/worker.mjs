// Does in Node what a test of several languages asks for: one JSON object a line in, one a line out. worker.rs and
// worker.py do the same in their languages; tests/README.md has the list of what they do.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import * as statehold from '../../bindings-node/esm/index.mjs';
import { Environments } from './environments.mjs';
import { make } from './mistakes.mjs';
import { build, spell } from './spelling.mjs';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** What can be asked to be done with an open store. */
class Worker extends Environments {
  /** Opens a store, and gives the commits that it is said to have lost. */
  async open({ path, durability = 'full', start_ms: startMs, max_backups: maxBackups, cache_bytes: cacheBytes }) {
    this.clock = startMs === undefined ? undefined : new statehold.ManualClock({ startMs });
    this.store = await statehold.open(path, { durability, clock: this.clock, maxBackups, cacheBytes, label: 'node' });
    const lost = this.store.lostCommits;
    return lost && [lost.expected, lost.found];
  }

  async close() {
    await this.store.close();
  }

  async put({ ns, key, value, ttl_ms: ttlMs }) {
    const built = build(value);
    await this.store.namespace(ns).set(key, built, { ttlMs });
    return spell(built);
  }

  async read({ ns, key }) {
    const entry = await this.store.namespace(ns).entry(key);
    return entry ? spell(entry.value) : null;
  }

  async append({ ns, key, word }) {
    await this.store.namespace(ns).update(key, (words) => [...words, word], []);
  }

  async increment({ ns, key, times }) {
    const namespace = this.store.namespace(ns);
    let total = 0;
    for (let time = 0; time < times; time += 1) total = await namespace.increment(key);
    return total;
  }

  /** All that the time to live of a key has to do with. */
  async expiry({ ns, key }) {
    const namespace = this.store.namespace(ns);
    const entry = await namespace.entry(key);
    const ttl = await namespace.getTtl(key).catch((error) => {
      if (error.code !== 'KEY_NOT_FOUND') throw error;
      return 'missing';
    });
    return {
      value: spell(await namespace.get(key, null)),
      exists: await namespace.exists(key),
      ttl_ms: ttl,
      expires_at_ms: entry?.expiresAtMs ?? null,
      listed: await namespace.list(key),
      counted: await namespace.count(key),
    };
  }

  advance({ ms }) {
    this.clock.advanceMs(ms);
  }

  /** Transactions over three namespaces, each reported after it returned, until the process is killed. */
  async steps({ who }) {
    for (let round = 0; ; round += 1) {
      const step = `${who}:${round}`;
      const n = await this.store.transaction(async (tx) => {
        const number = (await tx.namespace('left').get('n', 0)) + 1;
        await tx.namespace('left').set('n', number);
        await tx.namespace('steps').set(step, number);
        await tx.namespace('right').set('n', number);
        return number;
      });
      say({ step, n });
    }
  }

  /**
   * Reads both ends of what `steps` keeps equal; gives how often, and what was torn. A snapshot that the store ends,
   * because the log had outgrown its limit, is counted and taken anew.
   */
  async watch({ ms }) {
    const end = performance.now() + ms;
    const torn = [];
    let [reads, ended, last] = [0, 0, 0];
    while (performance.now() < end) {
      const snapshot = await this.store.snapshot();
      try {
        const left = await snapshot.namespace('left').get('n', 0);
        const right = await snapshot.namespace('right').get('n', 0);
        if (left !== right || left < last) torn.push([last, left, right]);
        [last, reads] = [left, reads + 1];
      } catch (error) {
        if (error.code !== 'CLOSED' || error.what !== 'the snapshot') throw error;
        ended += 1;
      } finally {
        await snapshot.close();
      }
    }
    return { reads, ended, torn };
  }

  async make({ ns, key, ms }) {
    return this.store.namespace(ns).getOrSet(key, async () => {
      const run = await this.store.namespace('runs').increment(key);
      await sleep(ms);
      return `made by run ${run}`;
    });
  }

  async compete({ ns, key, ms }) {
    const namespace = this.store.namespace(ns);
    const end = performance.now() + ms;
    let [commits, worst, busy] = [0, 0, 0];
    for (let start = performance.now(); start < end; start = performance.now()) {
      try {
        await namespace.set(key, commits);
        commits += 1;
      } catch (error) {
        if (error.code !== 'BUSY') throw error;
        busy += 1;
      }
      worst = Math.max(worst, performance.now() - start);
    }
    return { commits, worst_us: Math.round(worst * 1000), busy };
  }

  async journal() {
    const { rows, revision, problems, hash } = await this.store.verifyJournal();
    return { rows, revision, problems, hash };
  }

  /** Makes a mistake, and gives the error that it led to. */
  async mistake({ name, folder }) {
    try {
      await make(name, folder);
    } catch (error) {
      if (!(error instanceof statehold.StateholdError)) throw error;
      const { path = '', found = null, expected = null } = error;
      return {
        name: error.constructor.name,
        code: error.code,
        is_retryable: error.isRetryable,
        path: path.startsWith('$') ? path : null,
        found,
        expected,
      };
    }
    return null;
  }
}

const worker = new Worker();
for await (const line of createInterface({ input: process.stdin })) {
  const { do: wanted, ...asked } = JSON.parse(line);
  try {
    say({ ok: (await worker[wanted](asked)) ?? null });
  } catch (error) {
    say({ error: `${error.name}: ${error.message}` });
  }
}
