// Goal: the writes of a turn are committed together and yet each is a call of its own: its result, its error, its order.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ConflictError, InvalidNameError, InvalidValueError, open } from 'statehold';
import { fresh, sleep } from './folder.mjs';

const batches = async (store, run) => {
  const before = await store.stats();
  await run();
  const after = await store.stats();
  return [after.commits - before.commits, after.batches - before.batches];
};

test('the writes of a turn take one transaction, and each a revision', async () => {
  const store = await open(fresh());
  const [a, b] = [store.namespace('a'), store.namespace('b')];
  await a.set('first', 0);
  const made = await batches(store, async () => {
    const written = [a.set('x', 1), b.set('x', 2), a.delete('none'), a.increment('n', 5), a.delete('first'), store.set('c', 'x', 3)];
    assert.deepEqual(await Promise.all(written), [2, 3, false, 5, true, 6]);
  });
  assert.deepEqual(made, [6, 1]);
  assert.deepEqual((await store.verifyJournal()).problems, []);
  await store.close();
});

test('what goes on after a promise of the same turn writes in the same transaction', async () => {
  const store = await open(fresh());
  const a = store.namespace('a');
  await a.set('first', 0);
  const made = await batches(store, () => Promise.all(Array.from({ length: 20 }, async (_, depth) => {
    for (let n = 0; n < depth; n += 1) await null;
    await a.set(`k${depth}`, depth);
  })));
  assert.deepEqual(made, [20, 1]);
  await store.close();
});

test('while writes are under way, those of the next turns wait and go over together', async () => {
  const store = await open(fresh());
  const a = store.namespace('a');
  await a.set('first', 0);
  const made = await batches(store, async () => {
    const written = [a.set('k', 0)];
    // The answer can't come before the event loop has gone round.
    await new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));
    for (let turn = 1; turn <= 10; turn += 1) {
      written.push(a.set(`k${turn}`, turn));
      await new Promise((resolve) => process.nextTick(resolve));
    }
    await Promise.all(written);
  });
  assert.deepEqual(made, [11, 2]);
  await store.close();
});

test('they are made in the order in which they are asked for', async () => {
  const store = await open(fresh());
  const a = store.namespace('a');
  const [first, second, absent, gone, sum] = await Promise.allSettled([
    a.set('k', 1), a.set('k', 2), a.set('k', 3, { onlyIfAbsent: true }), a.delete('k'), a.increment('k', 7),
  ]);
  assert.deepEqual([first.value, second.value, gone.value, sum.value], [1, 2, true, 7]);
  assert.ok(absent.reason instanceof ConflictError);
  assert.equal(await a.get('k'), 7);
  await store.close();
});

test('one that is refused keeps no other from being made, and its stack leads to its caller', async () => {
  const store = await open(fresh(), { maxValueBytes: 100 });
  const a = store.namespace('a');
  async function caller() { await a.set('k', 2, { onlyIfPresent: true }); }
  const results = await Promise.allSettled([
    a.set('x', 1), a.set('', 2), a.set('long', 'x'.repeat(200)), a.set('y', () => 1), a.set('z', 1, { ttlMs: -1 }),
    a.set('z', 1, { tlMs: 1 }), a.set('\ud800', 1), a.increment('x', 0.5), a.increment('x', 'one'), caller(), a.set('last', 1),
    a.set('bytes', new Uint8Array([0, 10, 255])), a.increment('big', 2n ** 60n),
  ]);
  const refused = results.map(({ reason }) => reason?.constructor);
  const [name, value] = [InvalidNameError, InvalidValueError];
  assert.deepEqual(refused, [undefined, name, value, value, value, value, name, undefined, value, ConflictError, undefined, undefined, undefined]);
  assert.match(results[9].reason.stack, /at (async )?caller /);
  assert.equal(results[12].value, 2n ** 60n);
  assert.deepEqual(await a.list(), ['big', 'bytes', 'last', 'x']);
  assert.deepEqual([...(await a.get('bytes'))], [0, 10, 255]);
  assert.equal(await a.get('x'), 1.5);
  await store.close();
});

test('closing hands over what was asked for before', async () => {
  const path = fresh();
  const store = await open(path);
  const a = store.namespace('a');
  const written = [a.set('one', 1)];
  await sleep(0);
  written.push(a.set('two', 2));
  await store.close();
  assert.deepEqual(await Promise.all(written), [1, 2]);
  await assert.rejects(a.set('late', 1), { code: 'CLOSED' });

  const again = await open(path);
  const third = again.set('a', 'three', 3);
  again.closeSync();
  assert.equal(await third, 3);
  const last = await open(path);
  assert.deepEqual(await last.list('a'), ['one', 'three', 'two']);
  await last.close();
});

test('what was not awaited is made before the process ends by itself', async () => {
  const path = fresh();
  const script = `
    const { openSync } = require(${JSON.stringify(new URL('../dist/index.js', import.meta.url).pathname)});
    const store = openSync(${JSON.stringify(path)});
    for (let n = 0; n < 5; n += 1) store.set('a', 'k' + n, n);`;
  await promisify(execFile)(process.execPath, ['-e', script]);
  const store = await open(path);
  assert.equal(await store.namespace('a').count(), 5);
  await store.close();
});

test('with faults each is a call of its own', async () => {
  const store = await open(fresh(), { faults: true });
  const a = store.namespace('a');
  await store.faults.setOperationFailure('namespace.set', { failNext: true, errorCode: 'Throttled' });
  const results = await Promise.allSettled([a.set('x', 1), a.set('y', 2)]);
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  await store.faults.verify('namespace.set', 2);
  await store.close();
});
