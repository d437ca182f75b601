// Goal: what is known is answered without a thread or a call, and is what the store holds at that moment, whoever commits.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ManualClock, Store, open } from 'statehold';
import { fresh } from './folder.mjs';

const { native } = createRequire(import.meta.url)('../dist/native.js');

/** Has a key of namespace `a` known, on this side too where it can be; gives its value. */
async function learn(a, key) {
  await a.get(key);
  await a.get(key);
  return a.get(key);
}

/** Whether a promise is settled by nothing but microtasks. */
async function isKnown(promise) {
  let known = false;
  promise.then(() => (known = true));
  for (let n = 0; n < 20; n += 1) await null;
  const answer = known;
  await promise;
  return answer;
}

/** Whatever the tests are run with. */
const CACHE = { cacheBytes: 1 << 20 };
const openFresh = () => open(fresh(), CACHE);

const hits = (store) => store.stats().cacheHits;

test('what is known is answered before the event loop goes round', async () => {
  const store = await openFresh();
  const a = store.namespace('a');
  await a.batchSet({ k: { x: 1 }, bytes: new Uint8Array([1]), big: 2n ** 60n });
  for (const key of ['k', 'bytes', 'big', 'none']) {
    assert.equal(await isKnown(a.get(key)), false, key);
    for (let times = 0; times < 3; times += 1) assert.ok(await isKnown(a.get(key)), key);
    assert.ok(await isKnown(a.exists(key)), key);
    assert.ok(await isKnown(a.entry(key)), key);
  }
  assert.ok(await isKnown(a.batchGet(['k', 'none', 'bytes'])));
  const found = [await a.get('k'), [...(await a.get('bytes'))], await a.get('big'), await a.get('none', 7)];
  assert.deepEqual(found, [{ x: 1 }, [1], 2n ** 60n, 7]);
  assert.notEqual(await a.get('k'), await a.get('k'), 'each caller gets a value of its own');
  assert.throws(() => a.getSync(''), { code: 'INVALID_NAME' });
  await assert.rejects(a.get(7), { code: 'INVALID_NAME' });
  await store.close();
});

test('each answer counts once, wherever it comes from', async () => {
  const store = await openFresh();
  const a = store.namespace('a');
  await a.set('k', 1);
  for (let n = 0; n < 10; n += 1) assert.equal(await a.get('k'), 1);
  for (let n = 0; n < 10; n += 1) assert.equal(a.getSync('k'), 1);
  const { cacheHits, cacheMisses, cacheBytes } = store.stats();
  assert.deepEqual([cacheHits, cacheMisses], [19, 1]);
  assert.ok(cacheBytes > 0);
  await store.close();
});

const CHANGES = [
  ['set', (a, n) => a.setSync('k', n), (n) => n],
  ['set to the same', (a, n) => a.setSync('k', n), (n) => n],
  ['delete', (a) => a.deleteSync('k'), () => undefined],
  ['increment', (a, n) => a.incrementSync('k', n), (n) => n],
  ['batchSet', (a, n) => a.batchSetSync({ k: n, other: n }), (n) => n],
  ['clear', (a) => a.clearSync(), () => undefined],
];

test('what another process, a worker or the store itself changes is seen by the next get', async () => {
  const path = fresh();
  const store = await open(path, { durability: 'normal', ...CACHE });
  const a = store.namespace('a');
  const body = `
    const { openSync } = require(${JSON.stringify(new URL('../dist/index.js', import.meta.url).pathname)});
    const store = openSync(${JSON.stringify(path)}, { durability: 'normal' });
    const a = store.namespace('a');
    const changes = [${CHANGES.map(([, change]) => change)}];
    const port = require('node:worker_threads').parentPort;
    const answer = ([at, n]) => { changes[at](a, n); port ? port.postMessage(1) : process.send(1); };
    if (port) port.on('message', answer); else process.on('message', answer);
    port ? port.postMessage(0) : process.send(0);`;
  const child = spawn(process.execPath, ['-e', body], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const worker = new Worker(body, { eval: true });
  await Promise.all([once(child, 'message'), once(worker, 'message')]);
  const others = {
    child: async (at, n) => { child.send([at, n]); await once(child, 'message'); },
    worker: async (at, n) => { worker.postMessage([at, n]); await once(worker, 'message'); },
    itself: async (at, n) => CHANGES[at][1](a, n),
  };
  await learn(a, 'k');
  for (let round = 1; round <= 30; round += 1) {
    for (const [who, change] of Object.entries(others)) {
      for (const [at, [what, , expected]] of CHANGES.entries()) {
        await change(at, round);
        assert.equal(a.getSync('k'), expected(round), `${what} by ${who}`);
        assert.equal(await learn(a, 'k'), expected(round), `${what} by ${who}`);
      }
    }
  }
  child.kill();
  await Promise.all([once(child, 'exit'), worker.terminate()]);
  await store.close();
});

/** How often it is asked beyond the crossing for what it may know while something runs. */
function lookedUp(run) {
  const prototype = native.Namespace.prototype;
  const { knownValue } = prototype;
  let count = 0;
  prototype.knownValue = function (...given) {
    count += 1;
    return knownValue.apply(this, given);
  };
  try {
    run();
  } finally {
    prototype.knownValue = knownValue;
  }
  return count;
}

/** Has something done by somebody else just before or after the native half sets a key, as a commit that falls there. */
function beside(when, other, run) {
  const prototype = native.Namespace.prototype;
  const { set } = prototype;
  prototype.set = function (...given) {
    prototype.set = set;
    if (when === 'before') other();
    const revision = set.apply(this, given);
    if (when === 'after') other();
    return revision;
  };
  try {
    run();
  } finally {
    prototype.set = set;
  }
}

test('a set of the store itself ends what it has set, and no more; and that is known', async () => {
  const store = await open(fresh(), { durability: 'normal', ...CACHE });
  const a = store.namespace('a');
  a.batchSetSync({ k: 0, other: 0 });
  await learn(a, 'k');
  await learn(a, 'other');
  if (lookedUp(() => a.getSync('k')) > 0) return store.close(); // nothing is kept on this side here
  for (let n = 1; n < 200; n += 1) {
    a.setSync('k', n);
    assert.equal(lookedUp(() => assert.deepEqual([a.getSync('k'), a.getSync('other')], [n, 0])), 0);
  }
  const changes = [
    () => a.set('k', 'by a promise'), () => a.delete('k'), () => a.increment('k', 7), () => a.batchSet({ k: 1, l: 2 }),
    () => store.transaction((tx) => tx.set('a', 'k', 'in a transaction')), () => store.namespace('b').set('k', 1),
    () => store.plugin('p').save({ x: 1 }), () => a.setSync('k', 1, { ttlMs: 60_000 }), () => a.setSync('k', new Uint8Array([1])),
  ];
  for (const change of changes) {
    await change();
    assert.equal(lookedUp(() => assert.equal(a.getSync('other'), 0)), 0, `${change}`);
    assert.deepEqual(a.getSync('k'), (await store.snapshot()).namespace('a').getSync('k'), `${change}`);
  }
  await store.close();
});

test('a commit of somebody else around a set of the store itself is not missed', async () => {
  const path = fresh();
  const [store, stranger] = [await open(path, { durability: 'normal', ...CACHE }), await open(path, { durability: 'normal' })];
  const [a, b] = [store.namespace('a'), stranger.namespace('a')];
  let n = 0;
  for (const when of ['before', 'after']) {
    for (const key of ['k', 'other']) {
      for (const change of [() => b.setSync(key, `stranger ${n}`), () => b.deleteSync(key), () => b.incrementSync(key, n)]) {
        a.batchSetSync({ k: 1, other: 1 });
        for (const one of ['k', 'other']) await learn(a, one);
        beside(when, change, () => a.setSync('k', (n += 1)));
        for (const one of ['k', 'other']) assert.deepEqual(a.getSync(one), b.getSync(one), `${one}, ${key} ${when}: ${change}`);
        assert.deepEqual(a.batchGetSync(['other', 'k']), b.batchGetSync(['other', 'k']));
      }
    }
  }
  await Promise.all([store.close(), stranger.close()]);
});

test('a log that begins anew, by whomever, hides nothing', async () => {
  const path = fresh();
  const [store, other] = [await open(path, CACHE), await open(path, CACHE)];
  const [a, b] = [store.namespace('a'), other.namespace('a')];
  for (let round = 1; round <= 20; round += 1) {
    // The log has as many frames each time, so only its salts tell one from the other.
    b.setSync('k', round);
    assert.equal(await learn(a, 'k'), round);
    await (round % 2 ? store : other).vacuum();
    assert.equal(a.getSync('k'), round);
    b.setSync('k', -round);
    assert.equal(a.getSync('k'), -round);
    assert.equal(await learn(a, 'k'), -round);
    await (round % 3 ? store : other).vacuum();
  }
  await Promise.all([store.close(), other.close()]);
});

test('a batch is answered as what is kept, each key as the store has it', async () => {
  const path = fresh();
  const [store, stranger] = [await open(path, { durability: 'normal', ...CACHE }), await open(path, { durability: 'normal' })];
  const [a, b] = [store.namespace('a'), stranger.namespace('a')];
  const wanted = ['k', 'none', 'l', 'k', '__proto__', 'text'];
  a.batchSetSync([['k', { x: [1] }], ['l', 2], ['__proto__', { '__proto__': null }], ['text', '"],[\n']]);
  const values = () => [...a.batchGetSync(wanted)];
  const expected = () => [...b.batchGetSync(wanted)];
  for (let times = 0; times < 4; times += 1) assert.deepEqual(values(), expected());
  assert.notEqual(a.batchGetSync(['k']).get('k'), a.batchGetSync(['k']).get('k'), 'each caller gets values of its own');
  for (const [who, change] of [['itself', a], ['stranger', b], ['itself', a]].map(([who, by]) => [who, (n) => by.setSync('l', n)])) {
    for (const n of [3, 'x', [4]]) {
      change(n);
      for (let times = 0; times < 3; times += 1) assert.deepEqual(values(), expected(), who);
      assert.deepEqual([...(await a.batchGet(wanted))], expected(), who);
    }
  }
  for (const one of [2n ** 60n, new Uint8Array([1, 2])]) {
    a.setSync('l', one);
    for (let times = 0; times < 3; times += 1) assert.deepEqual(values(), expected());
  }
  a.setSync('l', 1, { ttlMs: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (let times = 0; times < 3; times += 1) assert.deepEqual(values(), expected());
  assert.throws(() => a.batchGetSync(['k', 7]), { code: 'INVALID_NAME' });
  await Promise.all([store.close(), stranger.close()]);
});

test('a get never goes back behind one before it while another process commits', async () => {
  const path = fresh();
  const store = await open(path, { durability: 'normal', ...CACHE });
  const [a, b] = [store.namespace('a'), await open(path, { cacheBytes: 0 })];
  const body = `
    const { openSync } = require(${JSON.stringify(new URL('../dist/index.js', import.meta.url).pathname)});
    const store = openSync(${JSON.stringify(path)}, { durability: 'normal' });
    for (let n = 1; n <= 3000; n += 1) { store.setSync('a', 'k', n); for (let i = 0; i < 2000; i += 1); }
    store.closeSync();`;
  const child = spawn(process.execPath, ['-e', body], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let isOver = false;
  child.once('exit', () => (isOver = true));
  let last = 0;
  while (!isOver) {
    for (let n = 0; n < 200; n += 1) {
      // What is in the file now may not be newer than what is read next.
      const least = n % 20 === 0 ? b.getSync('a', 'k', 0) : last;
      const found = a.getSync('k', 0);
      assert.ok(found >= least && found >= last, `${found} after ${last}, and ${least} was there`);
      last = found;
    }
    await new Promise(setImmediate);
  }
  assert.equal(a.getSync('k'), 3000);
  await Promise.all([store.close(), b.close()]);
});

test('what expires, is restored or renewed by reading is not answered from before', async () => {
  const clock = new ManualClock();
  const store = await open(fresh(), { clock });
  const a = store.namespace('a');
  const sliding = store.namespace('a', { ttlMs: 1000, sliding: true });
  await a.set('short', 1, { ttlMs: 1000 });
  assert.equal(await learn(a, 'short'), 1);
  clock.advanceMs(1001);
  assert.equal(a.getSync('short'), undefined);
  assert.equal(await a.get('short'), undefined);

  await sliding.set('slides', 1);
  for (let n = 0; n < 5; n += 1) {
    clock.advanceMs(600);
    assert.equal(await learn(sliding, 'slides'), 1);
  }
  await a.set('k', 'old');
  const copy = fresh();
  await store.backup(copy);
  await a.set('k', 'new');
  assert.equal(await learn(a, 'k'), 'new');
  await Store.restore(copy, store.path, { force: true });
  assert.equal(a.getSync('k'), 'old');
  assert.equal(await learn(a, 'k'), 'old');
  await store.vacuum();
  assert.equal(a.getSync('k'), 'old');
  await store.close();
});

test('a closed store knows nothing, and gives its memory back', async () => {
  const path = fresh();
  for (let round = 0; round < 5; round += 1) {
    const store = await open(path);
    const a = store.namespace('a');
    await a.set('k', round);
    assert.equal(await learn(a, 'k'), round);
    await store.close();
    assert.throws(() => a.getSync('k'), { code: 'CLOSED' });
    await assert.rejects(a.get('k'), { code: 'CLOSED' });
    // The memory outlives the file, and is not looked at any more.
    for (const end of ['', '-wal', '-shm', '-statehold']) rmSync(path + end, { force: true });
  }
});

test('what is kept keeps to its budget and forgets what nobody asks for', async () => {
  const store = await open(fresh(), { durability: 'normal', cacheBytes: 400_000 });
  const a = store.namespace('a');
  const text = 'x'.repeat(100);
  await a.batchSet(Array.from({ length: 3000 }, (_, n) => [`k${n}`, text]));
  for (let n = 0; n < 3000; n += 1) {
    await learn(a, `k${n}`);
    assert.equal(a.getSync('k0'), text);
  }
  assert.ok(store.stats().cacheBytes < 440_000, `${store.stats().cacheBytes}`);
  const before = hits(store);
  a.getSync('k0');
  assert.equal(hits(store), before + 1, 'it was asked for all the time');
  await store.close();
});

test('without a cache nothing is known', async () => {
  const store = await open(fresh(), { cacheBytes: 0 });
  const a = store.namespace('a');
  await a.set('k', 1);
  assert.equal(await learn(a, 'k'), 1);
  assert.equal(await isKnown(a.get('k')), false);
  assert.deepEqual([hits(store), store.stats().cacheBytes], [0, 0]);
  await store.close();
});
