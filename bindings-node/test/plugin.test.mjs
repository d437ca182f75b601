// Goal: what is particular to plugin state and events in Node: functions that are asynchronous, exceptions in them, and
// callbacks on the event loop. What the operations do is a matter of the conformance cases.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { InvalidValueError, MigrationError, ValidationError, open, openSync } from 'statehold';
import { fresh, sleep, until } from './folder.mjs';
import { clean, run } from './process.mjs';

test('migrations may be asynchronous, given or registered, and then not in Sync', async () => {
  const store = await open(fresh());
  const lint = store.plugin('lint');
  await lint.save(['a']);
  assert.deepEqual(await lint.migrate(2, { 2: async (data) => { await sleep(1); return [...data, 'b']; } }), [1, 2]);
  lint.register({ migrations: { 3: async (data, version) => [...data, version] } });
  assert.throws(() => lint.loadSync(), (error) => {
    assert.ok(error instanceof MigrationError && error.cause instanceof InvalidValueError);
    assert.match(error.message, /must not be asynchronous/);
    return true;
  });
  assert.deepEqual((await lint.load()).data, ['a', 'b', 2]);
  await store.close();
});

test('what a step or a validator throws is the cause of the error', async () => {
  const store = await open(fresh());
  const lint = store.plugin('lint');
  await lint.save(1);
  const mine = new RangeError('mine');
  const step = { 2: () => { throw mine; } };
  await assert.rejects(lint.migrate(2, step), (error) => error instanceof MigrationError && error.cause === mine && error.step === 2);
  assert.throws(() => lint.migrateSync(2, step), (error) => error.cause === mine);
  await assert.rejects(lint.dryRunMigrate(2, step), (error) => error.cause === mine);
  await assert.rejects(lint.validate(async () => { throw mine; }), (error) => error instanceof ValidationError && error.cause === mine);
  assert.equal(await lint.validate(async (data) => data === 1), true);
  await assert.rejects(lint.validate(() => 'yes'), InvalidValueError);
  await assert.rejects(lint.migrate(2, { 2: () => undefined }), /can't be stored: .*undefined is not JSON/);
  await assert.rejects(lint.migrate(2, { 2: 'text' }), { path: 'migrations[2]' });
  assert.equal((await lint.load()).version, 1);
  await store.close();
});

test('events are told in order, after the call that they are about, on and off', async () => {
  const store = await open(fresh());
  const seen = [];
  const collect = (event) => seen.push(event);
  assert.equal(store.on('state.saved', collect).on('state.backup.created', collect), store);
  store.plugin('lint').saveSync([1]);
  assert.deepEqual(seen, [], 'not inside of the call');
  await store.plugin('lint').save([2]);
  await until(() => seen.length === 3);
  assert.deepEqual(seen.map(({ event }) => event), ['state.saved', 'state.backup.created', 'state.saved']);
  assert.deepEqual(seen[0], { event: 'state.saved', plugin: 'lint', version: 1, size: 3 });
  store.off('state.saved', collect).off('state.backup.created', collect).off('state.saved', collect);
  await store.plugin('lint').save([3]);
  await sleep(20);
  assert.equal(seen.length, 3);
  assert.throws(() => store.on('nosuch', collect), { path: 'event' });
  assert.throws(() => store.on('state.saved', 'text'), { path: 'callback' });
  store.on('state.saved', collect);
  store.plugin('lint').saveSync([4]);
  store.closeSync();
  assert.equal(seen.length, 4, 'closing delivers what has happened');
});

test('a callback that throws or rejects is a warning, and disturbs nothing', async () => {
  const store = await open(fresh());
  const seen = [];
  store.on('state.saved', () => { throw new Error('thrown'); });
  store.on('state.saved', async () => { throw new Error('rejected'); });
  store.on('state.saved', () => seen.push('told'));
  const warnings = [];
  const warned = (warning) => warnings.push(warning.message);
  process.on('warning', warned);
  await store.plugin('lint').save(1);
  await until(() => warnings.length === 2);
  process.off('warning', warned);
  assert.deepEqual([seen, warnings.sort()], [['told'], ['rejected', 'thrown']]);
  await store.close();
});

test('listening does not keep the process alive, and nothing is lost at its end', async () => {
  const result = await run(fresh(), `
    const store = openSync(path);
    store.on('state.saved', (event) => console.log(event.event, event.plugin));
    store.plugin('lint').saveSync(1);`);
  clean(result);
  assert.equal(result.out.trim(), 'state.saved lint');
  assert.ok(result.ms < 10_000, `it took ${result.ms} ms`);
});

test('each worker hears of its own store, and one that is terminated while it listens harms nobody', async () => {
  const path = fresh();
  const store = openSync(path);
  let told = 0;
  store.on('state.saved', () => (told += 1));
  const worker = new Worker(`
    const { parentPort } = require('node:worker_threads');
    const { openSync } = require(${JSON.stringify(new URL('../dist/index.js', import.meta.url).pathname)});
    const store = openSync(${JSON.stringify(path)});
    store.on('state.saved', (event) => parentPort.postMessage(event.plugin));
    store.watchSync().nextWithin(Infinity).then(() => {});
    (async () => { for (let n = 0; ; n += 1) await store.plugin('w').save(n); })();`, { eval: true });
  assert.deepEqual(await once(worker, 'message'), ['w']);
  await worker.terminate();
  await store.plugin('lint').save(1);
  await until(() => told === 1);
  await store.close();
});
