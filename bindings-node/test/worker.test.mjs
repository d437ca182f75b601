// Goal: the addon works in worker threads, each with a store of its own, and survives their end at any moment.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { open } from 'statehold';
import { fresh, sleep } from './folder.mjs';

/** Runs a script in a worker; `open` and `path` are at hand. */
function worker(path, body) {
  const script = `
    const { parentPort } = require('node:worker_threads');
    const { open, openSync } = require(${JSON.stringify(new URL('../dist/index.js', import.meta.url).pathname)});
    const path = ${JSON.stringify(path)};
    (async () => { ${body} })();`;
  return new Worker(script, { eval: true });
}

test('four workers and the main thread count on one file', async () => {
  const path = fresh();
  const store = await open(path, { durability: 'normal' });
  const workers = Array.from({ length: 4 }, () => worker(path, `
    const store = await open(path, { durability: 'normal' });
    const a = store.namespace('a');
    for (let n = 0; n < 100; n += 1) await a.increment('n');
    await Promise.all(Array.from({ length: 100 }, () => a.increment('n')));
    for (let n = 0; n < 50; n += 1) store.transactionSync((tx) => tx.setSync('a', 't', tx.getSync('a', 't', 0) + 1));
    await store.close();`));
  const ended = workers.map((each) => once(each, 'exit'));
  for (let n = 0; n < 200; n += 1) await store.namespace('a').increment('n');
  assert.deepEqual((await Promise.all(ended)).flat(), [0, 0, 0, 0]);
  assert.deepEqual([await store.get('a', 'n'), await store.get('a', 't')], [1000, 200]);
  assert.deepEqual((await store.verifyJournal()).problems, []);
  await store.close();
});

test('a worker that ends with an open store, an open transaction and a paused iteration harms nobody', async () => {
  const path = fresh();
  const store = await open(path);
  for (let round = 0; round < 5; round += 1) {
    const ending = worker(path, `
      const store = await open(path);
      const a = store.namespace('a');
      await a.batchSet({ x: 1, y: 2 });
      store.snapshotSync();
      await a.items().next();
      store.transaction(async (tx) => { await tx.set('a', 'never', 1); await new Promise(() => {}); }, { lock: true });`);
    assert.deepEqual(await once(ending, 'exit'), [0]);
    assert.ok(await store.set('a', 'k', round), 'its lock went with it');
  }
  assert.deepEqual(await store.list('a'), ['k', 'x', 'y']);
  await store.close();
});

test('a worker that is terminated in the middle of writes leaves whole commits', async () => {
  const path = fresh();
  const store = await open(path, { durability: 'normal' });
  for (let round = 0; round < 8; round += 1) {
    const killed = worker(path, `
      const store = await open(path, { durability: 'normal' });
      const a = store.namespace('a');
      parentPort.postMessage('open');
      for (let n = 0; ; n += 1) {
        await Promise.all(Array.from({ length: 20 }, (_, i) => a.batchSet({ ['l' + i]: n, ['r' + i]: n })));
        for (let i = 0; i < 20; i += 1) a.getSync('l' + i);
      }`);
    await once(killed, 'message');
    await sleep(10 + round * 10);
    await killed.terminate();
    const found = await store.batchGet('a', Array.from({ length: 40 }, (_, i) => (i % 2 ? 'r' : 'l') + (i >> 1)));
    for (let i = 0; i < 20; i += 1) assert.equal(found.get(`l${i}`), found.get(`r${i}`), 'both or none');
    assert.ok(await store.set('b', 'k', round));
  }
  assert.deepEqual((await store.verifyJournal()).problems, []);
  await store.close();
});

test('a store that is opened while others commit misses none of their commits', async () => {
  const path = fresh();
  const store = await open(path, { durability: 'normal' });
  const writing = worker(path, `
    const store = await open(path, { durability: 'normal' });
    let isOver = false;
    parentPort.once('message', () => (isOver = true));
    parentPort.postMessage('open');
    for (let n = 0; !isOver; n += 1) {
      for (let i = 0; i < 20; i += 1) store.setSync('a', 'k', n);
      await new Promise(setImmediate);
    }
    await store.close();`);
  await once(writing, 'message');
  for (let round = 0; round < 150; round += 1) {
    const other = await open(path);
    assert.equal(other.lostCommits, null, `in round ${round}`);
    await other.close();
  }
  writing.postMessage('enough');
  await once(writing, 'exit');
  await store.close();
});
