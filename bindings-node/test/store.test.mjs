// Goal: what is Node's own about values, options, iteration and closing.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import vm from 'node:vm';
import { ClosedError, InvalidNameError, InvalidValueError, ManualClock, MemoryBackend, open, openSync } from 'statehold';
import { fresh } from './folder.mjs';

test('bigints, __proto__ and bytes come back through the file as they were', async () => {
  const path = fresh();
  const values = {
    int: 2n ** 53n + 1n,
    most: 2n ** 64n - 1n,
    least: -(2n ** 63n),
    nested: { a: [1, 2n ** 60n, { b: -0, text: '12345678901234567890' }] },
    proto: JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
    'proto and long': JSON.parse('{"__proto__":{"polluted":true},"n":1.5}'),
    empty: Buffer.alloc(0),
    bytes: Buffer.from([0, 255, 34, 92]),
    realm: vm.runInNewContext('({ a: [1] })'),
    text: '\u0000\u2028"\\\n😀',
  };
  const store = await open(path);
  await store.namespace('a').batchSet(values);
  await store.close();
  const again = openSync(path);
  const a = again.namespace('a');
  for (const [key, value] of Object.entries(values)) {
    const expected = key === 'realm' ? { a: [1] } : value;
    assert.deepStrictEqual(await a.get(key), expected, key);
    assert.deepStrictEqual(a.getSync(key), expected, key);
    assert.deepStrictEqual((await a.entry(key)).value, expected, key);
    assert.deepStrictEqual((await a.batchGet([key])).get(key), expected, key);
    assert.deepStrictEqual(a.popSync(key), expected, key);
  }
  assert.equal({}.polluted, undefined);
  again.closeSync();
});

test('a text of megabytes beside a long integer', async () => {
  await within(await open(':memory:', { maxValueBytes: 64 << 20 }), async (store) => {
    const value = ['x'.repeat(12 << 20), '\\"'.repeat(2 << 20), 2n ** 60n];
    await store.set('a', 'k', value);
    assert.deepStrictEqual(await store.get('a', 'k'), value);
  });
});

async function within(store, body) {
  try {
    return await body(store);
  } finally {
    store.closeSync();
  }
}

test('bytes are copied when the call is made', async () => {
  await within(await open(':memory:'), async (store) => {
    const bytes = Buffer.from('before');
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset + 1, 2);
    const pending = Promise.all([store.set('a', 'k', bytes), store.batchSet('a', { b: bytes, v: view })]);
    bytes.fill(0);
    await pending;
    assert.deepStrictEqual([...(await store.batchGet('a', ['k', 'b', 'v'])).values()].map(String), ['before', 'before', 'ef']);
    for (const other of [new Float64Array(1), new ArrayBuffer(1), new DataView(new ArrayBuffer(1))]) {
      assert.throws(() => store.setSync('a', 'k', other), (error) => error instanceof InvalidValueError && error.path === '$');
    }
  });
});

test('a misspelt option is refused with a hint, whatever takes options', async () => {
  await within(await open(':memory:'), async (store) => {
    const a = store.namespace('a');
    const misspelt = {
      'set ttlMS → ttlMs': (options) => a.set('k', 1, options),
      'setSync keepTTL → keepTtl': (options) => a.setSync('k', 1, options),
      'batchSet tllMs → ttlMs': (options) => a.batchSet({ k: 1 }, options),
      'list startafter → startAfter': (options) => a.list('*', options),
      'listSync revers → reverse': (options) => a.listSync('*', options),
      'items limits → limit': (options) => a.items('*', options).next(),
      'itemsSync limits → limit': (options) => a.itemsSync('*', options).next(),
      'increment initail → initial': (options) => a.increment('n', 1, options),
      'getOrSet signl → signal': (options) => a.getOrSet('k', () => 1, options),
      'getOrSetSync ttlms → ttlMs': (options) => a.getOrSetSync('k', () => 1, options),
      'namespace slidin → sliding': (options) => store.namespace('a', options),
      'transaction maxRetrys → maxRetries': (options) => store.transaction(() => 1, options),
      'transactionSync lokc → lock': (options) => store.transactionSync(() => 1, options),
      'atomic onlyIfAbsnt → onlyIfAbsent': (options) => store.atomic().set('a', 'k', 1, options),
      'open durabilty → durability': (options) => open(':memory:', options),
      'openSync labl → label': (options) => openSync(':memory:', options),
      'ManualClock startMS → startMs': (options) => new ManualClock(options),
      'MemoryBackend clok → clock': (options) => new MemoryBackend(options),
      'MemoryBackend.set tlMs → ttlMs': (options) => new MemoryBackend().set('a', 'k', 1, options),
    };
    for (const [title, call] of Object.entries(misspelt)) {
      const [, wrong, right] = / (\w+) → (\w+)$/.exec(title);
      await assert.rejects(async () => call({ [wrong]: undefined }), (error) => {
        assert.ok(error instanceof InvalidValueError, `${title}: ${error}`);
        assert.equal(error.path, wrong);
        assert.ok(error.message.includes(`\`${right}\``), error.message);
        return true;
      }, title);
      await assert.rejects(async () => call(60), InvalidValueError, `${title}: no object`);
      await assert.rejects(async () => call({ [right]: Symbol('wrong type') }), InvalidValueError, `${title}: type`);
    }
    assert.deepEqual(await a.list(), [], 'nothing was written');
  });
});

test('what is no string is no name, and a lone surrogate is not replaced', async () => {
  await within(await open(':memory:'), async (store) => {
    const a = store.namespace('a');
    for (const key of [1, null, undefined, {}, 'a\udc00']) {
      const check = (error) => error instanceof InvalidNameError && error.what === 'key';
      await assert.rejects(a.get(key), check);
      await assert.rejects(a.batchGet(['k', key]), check);
      await assert.rejects(a.batchSet([[key, 1]]), check);
      assert.throws(() => a.setSync(key, 1), check);
    }
    assert.throws(() => store.namespace(7), InvalidNameError);
    assert.throws(() => a.batchGetSync('keys'), InvalidValueError);
    assert.throws(() => a.batchSetSync(7), InvalidValueError);
    assert.throws(() => a.incrementSync('k', '1'), InvalidValueError);
    assert.throws(() => a.setTtlSync('k', '1'), InvalidValueError);
    assert.throws(() => a.setTtlSync('k'), InvalidValueError);
  });
});

test('batches take objects, Maps and pairs', async () => {
  await within(await open(':memory:'), async (store) => {
    const a = store.namespace('a');
    await a.batchSet({ a: 1 });
    await a.batchSet(new Map([['b', 2]]));
    await a.batchSet([['c', 3]]);
    a.batchSetSync((function* pairs() { yield ['d', 4]; })());
    assert.deepStrictEqual(await a.batchGet(new Set(['d', 'c', 'x', 'a', 'b'])), new Map([['d', 4], ['c', 3], ['a', 1], ['b', 2]]));
    assert.equal(await a.batchDelete(new Set(['a', 'x'])), 1);
    const before = await store.revision();
    assert.equal(await a.batchSet({}), before);
    assert.equal(await a.batchDelete([]), 0);
    assert.equal((await a.batchGet([])).size, 0);
  });
});

test('an iteration goes over pages, can stop and can pause while others write', async () => {
  await within(await open(':memory:'), async (store) => {
    const a = store.namespace('a');
    const key = (n) => String(n).padStart(4, '0');
    await a.batchSet(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [key(n), n])));
    assert.equal((await Array.fromAsync?.(a) ?? [...a]).length, 1000);
    assert.deepEqual([...a.itemsSync('*', { limit: 300, reverse: true })].map(([, n]) => n), Array.from({ length: 300 }, (_, n) => 999 - n));
    for await (const [, n] of a.items()) if (n === 10) break;
    const seen = [];
    for await (const [name, n] of a.items('*', { startAfter: key(99) })) {
      assert.equal(name, key(n));
      seen.push(n);
      // A paused iteration holds nothing: this would wait for it, or fail.
      if (n === 100) await a.batchDelete(Array.from({ length: 400 }, (_, i) => key(500 + i)));
    }
    assert.deepEqual(seen.slice(0, 2), [100, 101]);
    assert.deepEqual(seen.slice(-2), [998, 999]);
    assert.ok(seen.length >= 500 && seen.length < 900, 'later pages show what was deleted meanwhile');
    const all = a.items();
    await all.next();
    await all.return();
    assert.deepEqual(await all.next(), { value: undefined, done: true });
    store.closeSync();
    await assert.rejects(a.items().next(), ClosedError);
  });
});

test('a closed store says so to every method, and closing twice is no error', async () => {
  const store = await open(':memory:');
  const [a, snapshot, atomic] = [store.namespace('a'), store.snapshotSync(), store.atomic()];
  assert.equal(store.isClosed, false);
  await store[Symbol.asyncDispose]();
  store[Symbol.dispose]();
  assert.equal(store.isClosed, true);
  const args = {
    set: ['k', 1], setTtl: ['k', 1], batchGet: [['k']], batchSet: [{ k: 1 }], batchDelete: [['k']], update: ['k', () => 1],
    merge: ['k', {}], getOrSet: ['k', () => 1], list: [], items: [], count: [], clear: [], deleteMatching: ['*'],
    journal: [], revision: [], purgeExpired: [], verifyJournal: [], namespaces: [], flush: [], snapshot: [], watch: [],
    createCase: [], cases: [], mockClouds: [], verify: [], info: [], checkIntegrity: [], vacuum: [],
    save: [1], load: [], migrate: [2, { 2: (data) => data }], dryRunMigrate: [2, { 2: (data) => data }], validate: [(data) => data === 1], violations: [true], restore: [],
    diff: [], import: ['{"version":1,"data":1}'], importFile: [new URL(import.meta.url)], names: [],
  };
  const made = ['namespace', 'atomic', 'mockCloud', 'plugin', 'pluginStates', 'environments', 'on', 'off', 'stats'];
  const asked = [];
  for (const [target, skip] of [[a, []], [snapshot.namespace('a'), []], [store, ['close', 'transaction', 'importFile', ...made]], [store.plugin('p'), ['register', 'importFile']]]) {
    const names = new Set();
    for (let proto = Object.getPrototypeOf(target); proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
        if (typeof value === 'function' && name !== 'constructor') names.add(name);
      }
    }
    for (const name of names) {
      const base = name.replace(/Sync$/, '');
      if (skip.includes(base)) continue;
      const given = args[base] ?? ['k'];
      const own = target === store && base in a && base !== 'watch' ? ['a', ...given] : given;
      const call = async () => { const got = await target[name](...own); return got?.next ? got.next() : got; };
      await assert.rejects(call, ClosedError, `${target.constructor.name}.${name}`);
      asked.push(name);
    }
  }
  assert.ok(asked.length > 90, `only ${asked.length} methods were asked`);
  await assert.rejects(store.transaction(() => 1), ClosedError);
  assert.throws(() => store.transactionSync(() => 1), ClosedError);
  await assert.rejects(atomic.set('a', 'k', 1).commit(), ClosedError);
  await assert.rejects(atomic.commit(), ClosedError);
});

test('a path can be a file URL, and what looks like a URI is a name', async () => {
  const path = fresh();
  await within(await open(pathToFileURL(path)), async (store) => assert.equal(store.path, path));
  await assert.rejects(open(path, { create: 1 }), InvalidValueError);
  await assert.rejects(open(7), InvalidValueError);
  await assert.rejects(open(`${path}-missing`, { create: false }), { code: 'IO' });
});

test('lost commits are warned of', async () => {
  const { copyFileSync } = await import('node:fs');
  const path = fresh();
  await within(await open(path), async (store) => store.set('a', 'k', 1));
  copyFileSync(path, `${path}.old`);
  await within(await open(path), async (store) => store.set('a', 'k', 2));
  copyFileSync(`${path}.old`, path);
  const warned = new Promise((resolve) => process.once('warning', resolve));
  await within(await open(path), async (store) => {
    assert.deepEqual({ ...store.lostCommits }, { expected: 2, found: 1 });
    assert.equal((await warned).code, 'STATEHOLD_LOST_COMMITS');
  });
});

test('the clock is steered in milliseconds', async () => {
  const clock = new ManualClock({ startMs: 1_700_000_000_000 });
  await within(await open(':memory:', { clock }), async (store) => {
    const a = store.namespace('a', { ttlMs: 31_536_000_001 });
    await a.set('k', 1);
    assert.equal(await a.getTtl('k'), 31_536_000_001, 'whole milliseconds stay exact over years');
    assert.equal((await a.entry('k')).createdAtMs, 1_700_000_000_000);
    clock.advanceMs(31_536_000_000);
    assert.equal(a.getTtlSync('k'), 1);
    clock.advanceMs(1);
    assert.equal(await a.exists('k'), false);
    await assert.rejects(open(':memory:', { clock: {} }), InvalidValueError);
    assert.throws(() => clock.advanceMs(-1), InvalidValueError);
    assert.throws(() => clock.setMs(NaN), InvalidValueError);
  });
});

test('an option that is null is not given', async (t) => {
  const store = openSync(':memory:', { label: null });
  t.after(() => store.closeSync());
  const ns = store.namespace('a', { ttlMs: null });
  await ns.set('k', 1, { ttlMs: null, ifRevision: null });
  assert.equal(await ns.getTtl('k'), null);
  assert.deepEqual(ns.listSync('*', { limit: null, startAfter: null }), ['k']);
  const environments = store.environments();
  await environments.create('web', {}, { lifecycle: null });
  const lock = await environments.lock('web', { ttlMs: null, purpose: null });
  await lock.transition('provisioning', { note: null });
  await lock.release();
  assert.deepEqual((await environments.list({ state: null })).map(({ name }) => name), ['web']);
});
