// Goal: the storage adapter does what Keyv 5 and 6 ask of one, and what `docs/integrations/keyv.md` promises. Method: Keyv's
// own suite, run by vitest in this process; then what the suite does not look at, through both of them.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Keyv } from 'keyv';
import { Keyv as Keyv6 } from 'keyv-6';
import { ManualClock, open } from 'statehold';
import { KeyvStatehold } from 'statehold/keyv';
import { startVitest } from 'vitest/node';
import { fresh } from './folder.mjs';
import { clean, run } from './process.mjs';

const root = fileURLToPath(new URL('adapters', import.meta.url));
const vitest = await startVitest('test', [], { root, include: ['keyv-suite.mjs'], config: false, watch: false, reporters: [{}] });
const results = vitest.state.getTestModules().flatMap((file) => [...file.children.allTests()]);
const unhandled = vitest.state.getUnhandledErrors();
await vitest.close();

describe("Keyv's own suite", () => {
  for (const result of results) {
    test(result.fullName, () => {
      const { state, errors = [] } = result.result();
      assert.equal(state, 'passed', errors.map(({ message }) => message).join('\n'));
    });
  }

  test('is there as a whole', () => {
    assert.equal(results.length, 2 * 42);
    assert.deepEqual(unhandled, []);
  });
});

const kinds = { 'Keyv 5': Keyv, 'Keyv 6': Keyv6 };

for (const [name, Kind] of Object.entries(kinds)) {
  describe(name, () => {
    test('many handles on one file do not keep the process alive', async () => {
      const result = await run(fresh(), `
        import { Keyv } from '${name === 'Keyv 5' ? 'keyv' : 'keyv-6'}';
        import { KeyvStatehold } from 'statehold/keyv';
        const caches = Array.from({ length: 20 }, () => new Keyv({ store: new KeyvStatehold(path) }));
        await Promise.all(caches.map((cache, n) => cache.set('k' + n, n, 60_000)));
        console.log((await Promise.all(caches.map((cache, n) => cache.get('k' + (19 - n))))).join());
        globalThis.kept = caches;`);
      clean(result);
      assert.equal(result.out.trim(), Array.from({ length: 20 }, (_, n) => 19 - n).join());
      assert.ok(result.ms < 10_000, `it took ${result.ms} ms`);
    });

    test('what has expired is gone from the store by itself', async () => {
      const clock = new ManualClock();
      const store = new KeyvStatehold(':memory:', { clock });
      const cache = new Kind({ store, namespace: 'a' });
      await cache.set('short', 1, 1000);
      await cache.set('long', 2, 2000);
      await cache.set('ever', 3);
      await cache.set('for ages', 4, Number.MAX_SAFE_INTEGER);
      clock.advanceMs(1000);
      assert.equal(await cache.get('short'), undefined);
      assert.equal(await cache.has('short'), false);
      assert.equal(await cache.has('long'), true);
      clock.advanceMs(1000);
      assert.deepEqual(await cache.get(['short', 'long', 'ever', 'for ages']), [undefined, undefined, 3, 4]);
      assert.equal((await store.store.list('keyv')).length, 2);
      await cache.disconnect();
    });

    test('setting, deleting and clearing many keys is one commit each', async () => {
      const store = new KeyvStatehold(':memory:');
      const cache = new Kind({ store });
      const entries = [{ key: 'a', value: 1 }, { key: 'b', value: [2], ttl: 60_000 }, { key: 'c', value: null }];
      assert.deepEqual(await cache.setMany(entries), [true, true, true]);
      assert.equal(await store.store.revision(), 1);
      assert.deepEqual(await cache.getMany(['c', 'b', 'x', 'a']), [null, [2], undefined, 1]);
      assert.deepEqual(await cache.hasMany(['a', 'x', 'a']), [true, false, true]);
      assert.ok(await cache.deleteMany(['a', 'b', 'x']));
      assert.equal(await store.store.revision(), 2);
      assert.deepEqual(await cache.getMany(['a', 'b', 'c']), [undefined, undefined, null]);
      await cache.set('d', 4);
      await cache.clear();
      assert.equal(await store.store.revision(), 4);
      assert.deepEqual(await store.store.list('keyv'), []);
      await cache.disconnect();
    });

    test('namespaces of one adapter keep apart, also when they look like patterns', async () => {
      const store = new KeyvStatehold(':memory:');
      const names = ['a', 'ab', 'a*', '[a]', 'a\\'];
      const caches = names.map((namespace) => new Kind({ store, namespace }));
      for (const cache of caches) await cache.set('k', cache.namespace);
      for (const cache of caches) assert.equal(await cache.get('k'), cache.namespace);
      const found = [];
      // Keyv 5 looks up the namespace in the adapter, which knows the last one.
      for await (const pair of caches.at(-1).iterator()) found.push(pair);
      assert.deepEqual(found, [['k', 'a\\']]);
      if (Kind === Keyv) store.namespace = 'a*';
      await caches[2].clear();
      assert.deepEqual(await Promise.all(caches.map((cache) => cache.get('k'))), ['a', 'ab', undefined, '[a]', 'a\\']);
      await store.disconnect();
    });

    test('without a serializer values are the JSON that other programs read', async () => {
      const store = new KeyvStatehold(':memory:', { namespace: 'shared' });
      const cache = new Kind({ store, serialize: undefined, deserialize: undefined, serialization: false });
      await cache.set('k', { visits: 1 });
      const [key] = await store.store.list('shared');
      assert.deepEqual(await store.store.get('shared', key), { value: { visits: 1 } });
      assert.deepEqual(await cache.get('k'), { visits: 1 });
      await cache.set('u', undefined);
      assert.equal(await cache.get('u'), undefined);
      await cache.disconnect();
    });

    test('an error is told as Keyv tells of one', async () => {
      const cache = new Kind({ store: new KeyvStatehold(':memory:') });
      const errors = [];
      cache.on('error', (error) => errors.push(error.code));
      assert.equal(await cache.set('k'.repeat(1025), 1), false);
      await cache.disconnect();
      assert.equal(await cache.set('k', 1), false);
      assert.deepEqual(errors, ['INVALID_NAME', 'CLOSED']);
    });

    test('it closes the store that it has opened, and no other', async () => {
      const store = await open(':memory:');
      const [a, b] = ['a', 'b'].map((namespace) => new Kind({ store: new KeyvStatehold(store, { namespace }) }));
      await a.set('k', 1);
      await b.set('k', 2);
      await a.clear();
      await a.disconnect();
      assert.deepEqual([await a.get('k'), await b.get('k'), store.isClosed], [undefined, 2, false]);
      await store.close();

      const own = new KeyvStatehold(':memory:');
      await new Kind({ store: own }).disconnect();
      assert.ok(own.store.isClosed);
    });
  });
}

test('a time that is over deletes, and a key that is replaced lives as long as is said last', async () => {
  const adapter = new KeyvStatehold(':memory:');
  await adapter.set('k', 'v');
  assert.equal(await adapter.set('k', 'v', -1), true);
  assert.equal(await adapter.has('k'), false);
  await adapter.setMany([{ key: 'k', value: 'v' }, { key: 'k', value: 'v', ttl: -1 }, { key: 'l', value: 'v', ttl: 1e9 }]);
  assert.deepEqual(await adapter.hasMany(['k', 'l']), [false, true]);
  for (const ttl of [undefined, 0, NaN, Infinity]) {
    await adapter.set('l', 'v', 1000);
    await adapter.set('l', 'v', ttl);
    assert.equal(await adapter.store.getTtl('keyv', 'l'), null);
  }
  await adapter.disconnect();
});

test('it is the same from CommonJS', () => {
  assert.equal(createRequire(import.meta.url)('statehold/keyv').KeyvStatehold, KeyvStatehold);
});

test('what it is made of is checked', async () => {
  assert.throws(() => new KeyvStatehold(':memory:', { durabilty: 'full' }), /did you mean `durability`\?/);
  assert.throws(() => new KeyvStatehold(), { code: 'INVALID_VALUE', path: 'path' });
  const store = await open(':memory:');
  const reason = 'invalid value at durability: it is for opening a store, and one that is open was given; leave out one of the two';
  assert.throws(() => new KeyvStatehold(store, { durability: 'full' }), { code: 'INVALID_VALUE', message: reason });
  await store.close();
});
