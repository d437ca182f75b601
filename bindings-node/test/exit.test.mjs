// Goal: a process ends when it should, with whatever is open or pending, and without a crash. Method: child processes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from 'statehold';
import { fresh } from './folder.mjs';
import { clean, run } from './process.mjs';

test('an open store does not keep the process alive', async () => {
  const result = await run(fresh(), `
    const store = await open(path, { durability: 'deferred(100)' });
    await store.namespace('a', { ttlMs: 1000, sliding: true }).set('k', 1);
    globalThis.kept = [store, await store.snapshot(), store.namespace('a').items()];`);
  clean(result);
  assert.ok(result.ms < 5_000, `it took ${result.ms} ms`);
});

test('a promise that is not settled does, and is settled', async () => {
  const path = fresh();
  const result = await run(path, `
    const store = openSync(path);
    const a = store.namespace('a');
    for (let n = 0; n < 200; n += 1) a.set('k' + n, n).then(() => { if (n === 199) console.log('set'); });
    store.transaction(async (tx) => { await tx.set('a', 't', 1); }).then(() => console.log('committed'));`);
  clean(result);
  assert.deepEqual(result.out.trim().split('\n').sort(), ['committed', 'set']);
  const store = await open(path);
  assert.equal(await store.namespace('a').count(), 201);
  await store.close();
});

for (const [what, end] of Object.entries({
  'process.exit()': 'process.exit(0)',
  'process.exit() in a callback': 'a.get("k0").then(() => process.exit(0))',
  'process.exit() inside a transaction': 'store.transactionSync(() => process.exit(0))',
})) {
  test(`${what} with pending writes and reads ends at once, and the file is whole`, async () => {
    const path = fresh();
    const result = await run(path, `
      const store = openSync(path);
      const a = store.namespace('a');
      for (let n = 0; n < 500; n += 1) { a.set('k' + n, n); a.get('k' + n); }
      store.transaction(() => new Promise(() => {}), { lock: true });
      ${end};`);
    clean(result);
    assert.ok(result.ms < 5_000, `it took ${result.ms} ms`);
    const store = await open(path);
    const found = await store.namespace('a').batchGet(await store.list('a'));
    for (const [key, n] of found) assert.equal(key, `k${n}`);
    assert.deepEqual((await store.verifyJournal()).problems, []);
    await store.close();
  });
}

test('writers who wait for another process hinder no exit', async () => {
  const path = fresh();
  const store = await open(path, { lockTimeoutMs: 60_000 });
  let release;
  const holding = store.transaction(() => new Promise((resolve) => (release = resolve)), { lock: true });
  const result = await run(path, `
    const store = await open(path, { busyTimeoutMs: 60_000 });
    for (let n = 0; n < 50; n += 1) store.set('a', 'k' + n, n);
    setTimeout(() => process.exit(0), 100);`);
  clean(result);
  assert.ok(result.ms < 5_000, `it took ${result.ms} ms`);
  release();
  await holding;
  assert.deepEqual(await store.list('a'), []);
  await store.close();
});

test('an error that nobody handles ends the process as usual', async () => {
  const result = await run(fresh(), `
    const store = await open(path);
    store.set('a', '', 1);`);
  assert.equal(result.code, 1);
  assert.match(result.err, /InvalidNameError: key "" is not allowed: it is empty/);
  assert.match(result.err, /code: 'INVALID_NAME'/);
});

test('a private store leaves no folder behind', async () => {
  const { existsSync } = await import('node:fs');
  const result = await run(fresh(), `
    const store = await open(':memory:');
    await store.set('a', 'k', 1);
    console.log(store.path);`);
  clean(result);
  assert.equal(existsSync(result.out.trim()), false);
});
