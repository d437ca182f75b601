// Goal: the driver behaves as a driver of unstorage does, and as `docs/integrations/unstorage.md` promises. Method: unstorage
// publishes no tests for drivers, so what its documentation says of them is tested here, through its own drivers for memory
// and for files as well, so that it is unstorage that decides; then what the driver has besides.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { ManualClock, open } from 'statehold';
import stateholdDriver from 'statehold/unstorage';
import { createStorage, prefixStorage, restoreSnapshot, snapshot } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import memoryDriver from 'unstorage/drivers/memory';
import { fresh, until } from './folder.mjs';
import { clean, run } from './process.mjs';

const drivers = {
  statehold: () => stateholdDriver({ path: fresh() }),
  memory: memoryDriver,
  fs: () => fsDriver({ base: fresh() }),
};

/** What a driver must do; each with a storage of its own. */
const behaviour = {
  async 'there is nothing at first'(storage) {
    assert.equal(await storage.hasItem('a'), false);
    assert.equal(await storage.getItem('a'), null);
    assert.equal(await storage.getItemRaw('a'), null);
    assert.deepEqual(await storage.getKeys(), []);
  },

  async 'what is set is there, and comes back as it was'(storage) {
    const values = ['text', 'ünïcode 😀', 12, -0.5, true, false, { a: { b: [1, null] } }, ['x', {}], ''];
    for (const [at, value] of values.entries()) await storage.setItem(`k${at}`, value);
    for (const [at, value] of values.entries()) {
      assert.deepEqual(await storage.getItem(`k${at}`), value);
      assert.equal(await storage.hasItem(`k${at}`), true);
    }
    await storage.setItem('k0', 'another');
    assert.equal(await storage.getItem('k0'), 'another');
    await storage.setItem('k0', undefined);
    assert.equal(await storage.hasItem('k0'), false);
  },

  async 'keys are the same however they are separated'(storage) {
    await storage.setItem('a/b\\c', 1);
    assert.equal(await storage.getItem('a:b:c'), 1);
    assert.equal(await storage.getItem('/a/b/c/'), 1);
    assert.deepEqual(await storage.getKeys(), ['a:b:c']);
  },

  async 'raw bytes are equal'(storage) {
    for (const bytes of [Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), new Uint8Array([1, 0, 255]), randomBytes(300_000)]) {
      await storage.setItemRaw('raw/data.bin', bytes);
      assert.deepEqual(Buffer.from(await storage.getItemRaw('raw:data.bin')), Buffer.from(bytes));
      assert.equal(await storage.hasItem('raw:data.bin'), true);
    }
    await storage.setItemRaw('text', 'as it is');
    assert.equal(String(await storage.getItemRaw('text')), 'as it is');
    assert.deepEqual((await storage.getKeys()).sort(), ['raw:data.bin', 'text']);
  },

  async 'keys are listed by their base'(storage) {
    for (const key of ['s1:a', 's1:b', 's1:c:d', 's2:a', 's', 's10:a']) await storage.setItem(key, 1);
    assert.deepEqual((await storage.getKeys()).sort(), ['s', 's10:a', 's1:a', 's1:b', 's1:c:d', 's2:a']);
    assert.deepEqual((await storage.getKeys('s1')).sort(), ['s1:a', 's1:b', 's1:c:d']);
    assert.deepEqual((await storage.getKeys('s1:')).sort(), ['s1:a', 's1:b', 's1:c:d']);
    assert.deepEqual(await storage.getKeys('s1:c'), ['s1:c:d']);
    assert.deepEqual(await storage.getKeys('other'), []);
  },

  async 'keys are listed to a depth'(storage) {
    for (const key of ['a', 'a1:b', 'a1:b1:c', 'a1:b1:c1:d', 'e:f']) await storage.setItem(key, 1);
    const keys = async (...given) => (await storage.getKeys(...given)).sort();
    assert.deepEqual(await keys(undefined, { maxDepth: 0 }), ['a']);
    assert.deepEqual(await keys(undefined, { maxDepth: 1 }), ['a', 'a1:b', 'e:f']);
    assert.deepEqual(await keys(undefined, { maxDepth: 2 }), ['a', 'a1:b', 'a1:b1:c', 'e:f']);
    assert.deepEqual(await keys('a1', { maxDepth: 1 }), ['a1:b']);
    assert.deepEqual(await keys('a1', { maxDepth: 2 }), ['a1:b', 'a1:b1:c']);
  },

  async 'many items are set and got at once'(storage) {
    await storage.setItems([{ key: 'a:x', value: 'one' }, { key: 'b', value: { two: 2 } }]);
    const found = await storage.getItems(['a/x', 'none', { key: 'b' }]);
    assert.deepEqual(found, [{ key: 'a:x', value: 'one' }, { key: 'none', value: null }, { key: 'b', value: { two: 2 } }]);
  },

  async 'what is removed is gone, with its meta data if that is asked for'(storage) {
    await storage.setItem('a', 1);
    await storage.setMeta('a', { owner: 'ada' });
    assert.equal((await storage.getMeta('a')).owner, 'ada');
    assert.deepEqual(await storage.getKeys(), ['a']);
    await storage.removeItem('a');
    assert.equal(await storage.hasItem('a'), false);
    assert.equal((await storage.getMeta('a')).owner, 'ada');
    await storage.setItem('a', 1);
    await storage.removeItem('a', { removeMeta: true });
    assert.equal((await storage.getMeta('a')).owner, undefined);
    await storage.removeItem('a');
  },

  async 'clear deletes everything'(storage) {
    for (const key of ['a', 'b:c', 'd:e:f']) await storage.setItem(key, 1);
    await storage.clear();
    assert.deepEqual(await storage.getKeys(), []);
    assert.equal(await storage.hasItem('a'), false);
    await storage.clear();
  },

  async 'a storage with a prefix, and a snapshot'(storage) {
    const users = prefixStorage(storage, 'users');
    await users.setItem('ada', { visits: 1 });
    await storage.setItem('other', 1);
    assert.deepEqual(await users.getKeys(), ['ada']);
    assert.deepEqual(await snapshot(storage, 'users'), { ada: { visits: 1 } });
    await restoreSnapshot(storage, { bob: 'x' }, 'users');
    assert.equal(await users.getItem('bob'), 'x');
  },

  async 'a mount is a part of the storage'(storage, make) {
    await storage.setItem('cache:hidden', 1);
    storage.mount('cache', make());
    await storage.setItem('cache:a:b', 2);
    await storage.setItem('x', 3);
    assert.equal(await storage.getItem('cache:hidden'), null);
    assert.deepEqual((await storage.getKeys()).sort(), ['cache:a:b', 'x']);
    assert.deepEqual(await storage.getKeys('cache:a'), ['cache:a:b']);
    await storage.clear('cache');
    assert.deepEqual(await storage.getKeys(), ['x']);
    await storage.unmount('cache');
    assert.equal(await storage.getItem('cache:hidden'), 1);
  },

  async 'a watch tells what is set and removed, until it is ended'(storage) {
    const seen = [];
    const unwatch = await storage.watch((event, key) => seen.push(`${event} ${key}`));
    await storage.setItem('s1/a', 1);
    await until(() => seen.includes('update s1:a'));
    await storage.removeItem('s1:a');
    await until(() => seen.includes('remove s1:a'));
    await storage.setItemRaw('raw', Buffer.from('x'));
    await until(() => seen.includes('update raw'));
    await unwatch();
    const before = seen.length;
    await storage.setItem('later', 1);
    assert.equal(seen.length, before);
  },

  async 'disposing twice is no error'(storage) {
    await storage.dispose();
    await storage.dispose();
  },
};

for (const [name, make] of Object.entries(drivers)) {
  describe(`a driver: ${name}`, () => {
    for (const [title, body] of Object.entries(behaviour)) {
      test(title, async () => {
        const storage = createStorage({ driver: make() });
        try {
          await body(storage, make);
        } finally {
          await storage.dispose();
        }
      });
    }
  });
}

/** A driver that is disposed of after the test, also if that fails: a watch would keep the process alive. */
function driverFor(context, options) {
  const driver = stateholdDriver(options);
  context.after(() => driver.dispose());
  return driver;
}

test('clear deletes what begins with its base alone, in one commit', async (t) => {
  const driver = driverFor(t, { path: ':memory:' });
  await driver.setItems(['a:x', 'a:y', 'ab:x', 'a*:x', '[a]:x', 'a\\:x', 'b'].map((key) => ({ key, value: key })));
  assert.equal(await driver.getInstance().revision(), 1);
  assert.deepEqual(await driver.getKeys('a*:'), ['a*:x']);
  await driver.clear('a*:');
  assert.deepEqual(await driver.getKeys(), ['[a]:x', 'a:x', 'a:y', 'a\\:x', 'ab:x', 'b']);
  await driver.clear('a:');
  await driver.clear('[a]:');
  assert.deepEqual(await driver.getKeys(''), ['a\\:x', 'ab:x', 'b']);
  await driver.clear('a\\:');
  assert.deepEqual(await driver.getKeys(), ['ab:x', 'b']);
  assert.equal(await driver.getInstance().revision(), 5);
});

test('a key expires, by its own time or by that of the driver', async (t) => {
  const clock = new ManualClock();
  const storage = createStorage({ driver: driverFor(t, { path: ':memory:', ttl: 60, clock }) });
  await storage.setItem('own', 1, { ttl: 0.5 });
  await storage.setItemRaw('raw', Buffer.from('x'), { ttl: 10 });
  await storage.setItems([{ key: 'item', value: 1, options: { ttl: 20 } }, { key: 'common', value: 2 }], { ttl: 30 });
  await storage.setItem('default', 1);
  await storage.setItem('ever', 1, { ttl: 0 });
  assert.equal((await storage.getMeta('own')).ttl, 0.5);
  const left = async (ms) => (clock.advanceMs(ms), (await storage.getKeys()).join());
  assert.equal(await left(499), 'common,default,ever,item,own,raw');
  assert.equal(await left(1), 'common,default,ever,item,raw');
  assert.equal(await storage.getItem('own'), null);
  assert.equal(await left(9_500), 'common,default,ever,item');
  assert.equal(await left(10_000), 'common,default,ever');
  assert.equal(await left(10_000), 'default,ever');
  assert.equal(await left(30_000), 'ever');
  await assert.rejects(storage.setItem('k', 1, { ttl: -1 }), { code: 'INVALID_VALUE' });
});

test('the meta data are when an item was made and changed, and how long it lives', async (t) => {
  const clock = new ManualClock({ startMs: Date.UTC(2026, 0, 1) });
  const storage = createStorage({ driver: driverFor(t, { path: ':memory:', clock }) });
  await storage.setItem('k', 1);
  clock.advanceMs(1000);
  assert.equal((await storage.getMeta('k')).ttl, undefined);
  await storage.setItem('k', 2, { ttl: 60 });
  clock.advanceMs(1000);
  const expected = { mtime: new Date(Date.UTC(2026, 0, 1, 0, 0, 1)), birthtime: new Date(Date.UTC(2026, 0, 1)), ttl: 59 };
  assert.deepEqual({ ...(await storage.getMeta('k', { nativeOnly: true })) }, expected);
  assert.deepEqual({ ...(await storage.getMeta('none')) }, {});
});

test('bytes of every kind come back as a Buffer, and as their text if that is asked for', async (t) => {
  const storage = createStorage({ driver: driverFor(t, { path: ':memory:' }) });
  const { buffer } = new Uint8Array([104, 105]);
  for (const value of [buffer, new Uint8Array(buffer), new DataView(buffer), new Uint16Array(buffer), Buffer.from(buffer)]) {
    await storage.setItemRaw('k', value);
    assert.deepEqual(await storage.getItemRaw('k'), Buffer.from('hi'));
    assert.equal(await storage.getItem('k'), 'hi');
  }
  await assert.rejects(storage.setItemRaw('k', new Date()), { code: 'INVALID_VALUE' });
});

test('what other programs have set is there', async () => {
  const store = await open(':memory:');
  const storage = createStorage({ driver: stateholdDriver({ store, namespace: 'shared' }) });
  await store.set('shared', 'a:json', { big: 2n ** 60n, list: [1] });
  assert.deepEqual(await storage.getItem('a:json'), { big: 2n ** 60n, list: [1] });
  await storage.setItem('b', { x: 1 });
  assert.equal(await store.get('shared', 'b'), '{"x":1}');
  await storage.dispose();
  assert.equal(store.isClosed, false);
  await store.close();
});

test('a watch tells what another process changes, in order', async (t) => {
  const path = fresh();
  const storage = createStorage({ driver: driverFor(t, { path }) });
  const seen = [];
  const unwatch = await storage.watch((event, key) => seen.push(`${event} ${key}`));
  const result = await run(path, `
    import stateholdDriver from 'statehold/unstorage';
    const driver = stateholdDriver({ path });
    await driver.setItems([{ key: 'a', value: '1' }, { key: 'b', value: '2' }]);
    await driver.clear();
    await driver.getInstance().set('other', 'k', 1);
    await driver.setItem('c', '3');`);
  clean(result);
  await until(() => seen.includes('update c'));
  assert.deepEqual(seen, ['update a', 'update b', 'remove a', 'remove b', 'update c']);
  await unwatch();
  await unwatch();
});

test('a watch tells what expires', async (t) => {
  const clock = new ManualClock();
  const driver = driverFor(t, { path: ':memory:', clock });
  const seen = [];
  await driver.watch((event, key) => seen.push(`${event} ${key}`));
  await driver.setItem('k', '1', { ttl: 60 });
  await driver.getInstance().namespace('unstorage').touch('k');
  clock.advanceMs(60_000);
  await driver.getInstance().purgeExpired();
  await until(() => seen.includes('remove k'));
  assert.deepEqual(seen, ['update k', 'remove k']);
});

/** What the process is warned of from here on. */
function warningsOf(context) {
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning);
  process.on('warning', onWarning);
  context.after(() => process.off('warning', onWarning));
  return warnings;
}

test('what a listener throws is a warning, and the next change is told', async (t) => {
  const driver = driverFor(t, { path: ':memory:' });
  const warnings = warningsOf(t);
  const seen = [];
  await driver.watch((_, key) => {
    seen.push(key);
    if (key === 'a') throw new Error('no a');
    return key === 'b' ? Promise.reject(new Error('no b')) : undefined;
  });
  for (const key of ['a', 'b', 'c']) await driver.setItem(key, '1');
  await until(() => seen.length === 3 && warnings.length === 2);
  assert.deepEqual([seen, warnings.map(({ message }) => message)], [['a', 'b', 'c'], ['no a', 'no b']]);
});

test('changes that the journal has no more are a warning, and those after them are told', async (t) => {
  const driver = driverFor(t, { path: fresh(), journalMaxRows: 1, background: false, durability: 'normal' });
  const warnings = warningsOf(t);
  const seen = [];
  await driver.watch((_, key) => seen.push(key));
  // In one go, so that the watch finds them all behind it.
  const keys = driver.getInstance().namespace('unstorage');
  for (let n = 0; n < 20; n += 1) keys.setSync(`k${n}`, n);
  await driver.getInstance().purgeExpired();
  await until(() => warnings.some(({ name }) => name === 'FeedLaggedError'));
  await until(async () => (await driver.setItem('last', '1'), seen.includes('last')));
});

test('it keeps the process alive only while it is watched', async () => {
  const begun = `
    import { createStorage } from 'unstorage';
    import stateholdDriver from 'statehold/unstorage';
    globalThis.storage = createStorage({ driver: stateholdDriver({ path }) });
    await storage.setItem('k', 1);`;
  clean(await run(fresh(), begun));
  clean(await run(fresh(), `${begun} const unwatch = await storage.watch(() => {}); await unwatch();`));
  clean(await run(fresh(), `${begun} await storage.watch(() => {}); await storage.dispose();`));
  const result = await run(fresh(), `${begun}
    const unwatch = await storage.watch(async (_, key) => { console.log(key); await unwatch(); });
    open(path).then((other) => other.set('unstorage', 'later', 1));`);
  clean(result);
  assert.equal(result.out, 'later\n');
});

test('it is the same from CommonJS', () => {
  const required = createRequire(import.meta.url)('statehold/unstorage');
  assert.deepEqual([required.default, required.stateholdDriver], [stateholdDriver, stateholdDriver]);
});

test('what it is made of is checked, and what Nitro adds is let be', async () => {
  assert.throws(() => stateholdDriver({}), { code: 'INVALID_VALUE', path: 'path' });
  assert.throws(() => stateholdDriver({ path: ':memory:', durabilty: 'full' }), /did you mean `durability`\?/);
  const store = await open(':memory:');
  assert.throws(() => stateholdDriver({ store, path: 'a.db' }), { code: 'INVALID_VALUE', path: 'path' });
  assert.throws(() => stateholdDriver({ store, label: 'x' }), { code: 'INVALID_VALUE', path: 'label' });
  await store.close();
  await stateholdDriver({ driver: 'statehold/unstorage', path: ':memory:' }).dispose();
});
