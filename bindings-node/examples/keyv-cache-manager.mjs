// A cache of `cache-manager` that outlives its process and is shared by those that run at the same time.
//
// Two processes, one after the other, ask a slow service for the same exchange rates: the second one finds what the first has
// been told. What is more than an hour old is asked for again; a clock shows that without an hour's wait.
//
// Run it with `node bindings-node/examples/keyv-cache-manager.mjs`; it needs `npm install cache-manager keyv@5`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { ManualClock } from 'statehold';
import { KeyvStatehold } from 'statehold/keyv';

const HOUR_MS = 3_600_000;
const RATES = { EUR: 1, CHF: 0.94, JPY: 171.2 };

/** Stands for a call over the network; counts how often it was made. */
const service = {
  calls: 0,
  async rate(currency) {
    this.calls += 1;
    return { currency, rate: RATES[currency] };
  },
};

function rates(path, options) {
  return createCache({ ttl: HOUR_MS, stores: [new Keyv({ store: new KeyvStatehold(path, options), namespace: 'rates' })] });
}

/** Every rate, from the cache or else from the service. */
function ask(cache) {
  return Promise.all(Object.keys(RATES).map((currency) => cache.wrap(currency, () => service.rate(currency))));
}

async function work(path) {
  const cache = rates(path);
  const found = await ask(cache);
  assert.deepEqual(found.map(({ rate }) => rate), Object.values(RATES));
  console.log(`${found.length} rates, of which the service was asked for ${service.calls}`);
  await cache.disconnect();
}

async function expire() {
  const clock = new ManualClock();
  const cache = rates(':memory:', { clock });
  await ask(cache);
  clock.advanceMs(HOUR_MS - 1);
  await ask(cache);
  const before = service.calls;
  clock.advanceMs(1);
  await ask(cache);
  assert.deepEqual([before, service.calls], [3, 6]);
  console.log(`${service.calls - before} rates were asked for again after an hour`);
  await cache.disconnect();
}

const [path] = process.argv.slice(2);
if (path) {
  await work(path);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'statehold-example-'));
  for (const name of ['first', 'second']) {
    const worker = [fileURLToPath(import.meta.url), join(folder, 'cache.db')];
    const { status, stdout, stderr } = spawnSync(process.execPath, worker, { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, `3 rates, of which the service was asked for ${name === 'first' ? 3 : 0}\n`);
    console.log(`the ${name} process: ${stdout.trim()}`);
  }
  await expire();
  rmSync(folder, { recursive: true });
}
