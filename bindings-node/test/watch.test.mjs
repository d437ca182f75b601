// Goal: what is particular to watching in Node: it is an asynchronous iterable, a signal and `return` end it, it keeps the
// process alive while somebody waits and no longer. What it tells is a matter of the conformance cases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedError, InvalidValueError, open } from 'statehold';
import { fresh, sleep, until } from './folder.mjs';
import { clean, run } from './process.mjs';

test('for await gets the changes of others and its own, in order', async () => {
  const path = fresh();
  const [store, other] = [await open(path), await open(path)];
  const watch = await store.watch({ namespace: 'a' });
  const writing = (async () => {
    for (let n = 0; n < 50; n += 1) await (n % 2 ? store : other).set('a', `k${n}`, n);
  })();
  const keys = [];
  for await (const change of watch) {
    assert.deepEqual([change.facet, change.name, change.operation, change.isLast], ['namespace', 'a', 'set', true]);
    if (keys.push(change.key) === 50) break;
  }
  await writing;
  assert.deepEqual(keys, Array.from({ length: 50 }, (_, n) => `k${n}`));
  assert.equal(watch.isClosed, true, 'leaving the loop closes it');
  assert.equal(watch.revision, 50);
  await Promise.all([store.close(), other.close()]);
});

test('one who waits for the next change gets it soon, and no thread of the pool is held meanwhile', async () => {
  const store = await open(fresh());
  const watches = await Promise.all(Array.from({ length: 40 }, () => store.watch()));
  const waiting = watches.map((watch) => watch.nextWithin(10_000));
  await sleep(20);
  await store.set('a', 'k', 1);
  assert.equal(await store.get('a', 'k'), 1);
  for (const change of await Promise.all(waiting)) assert.equal(change.key, 'k');
  assert.equal(await watches[0].nextWithin(20), null, 'the time is up');
  assert.equal(watches[0].nextWithinSync(20), null);
  for (const watch of watches) watch.close();
  await store.close();
});

test('a signal ends the waiting with its reason, and loses no change', async () => {
  const store = await open(fresh());
  const reason = new Error('enough');
  const controller = new AbortController();
  const watch = await store.watch({ signal: controller.signal });
  const seen = [];
  const looping = (async () => {
    for await (const change of watch) seen.push(change.key);
  })();
  await store.set('a', 'first', 1);
  await until(() => seen.length === 1);
  controller.abort(reason);
  await assert.rejects(looping, (raised) => raised === reason);
  await store.set('a', 'second', 2);
  assert.deepEqual([watch.isClosed, watch.revision], [true, 1]);
  const resumed = await store.watch({ after: watch.revision });
  assert.equal((await resumed.tryNext()).key, 'second');
  resumed.close();
  await assert.rejects(store.watch({ signal: AbortSignal.abort(reason) }), (raised) => raised === reason);
  await assert.rejects(store.namespace('a').watch('*', { signal: AbortSignal.abort(reason) }), (raised) => raised === reason);
  await store.close();
});

test('close ends the loop, and closing the store ends it with an error', async () => {
  const store = await open(fresh());
  const [one, other] = [await store.watch(), store.namespace('a').watchSync()];
  const iterator = one[Symbol.asyncIterator]();
  const [loop, returned] = [iterator.next(), one[Symbol.asyncIterator]().return()];
  assert.deepEqual(await returned, { done: true, value: undefined });
  assert.deepEqual(await loop, { done: true, value: undefined });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  const waiting = assert.rejects(other.nextWithin(Infinity), ClosedError);
  await store.close();
  await waiting;
});

test('what is no time is refused', async () => {
  const store = await open(fresh());
  const watch = await store.watch();
  for (const wrong of [-1, NaN, '1']) await assert.rejects(watch.nextWithin(wrong), InvalidValueError);
  assert.throws(() => watch.nextWithinSync(-1), InvalidValueError);
  await assert.rejects(store.watch({ facet: 'nosuch' }), { path: 'facet' });
  await store.close();
});

test('who waits keeps the process alive, until the watch is left, closed or aborted', async () => {
  const result = await run(fresh(), `
    const store = await open(path);
    const controller = new AbortController();
    const left = await store.watch();
    const aborted = await store.watch({ signal: controller.signal });
    const closed = await store.watch();
    globalThis.kept = await store.watch();
    const each = async (watch) => { for await (const change of watch) { console.log(change.key); if (watch === left) break; } };
    const loops = [left, aborted, closed].map((watch) => each(watch).catch((error) => console.log(error.name)));
    setTimeout(() => store.set('a', 'k', 1), 50);
    setTimeout(() => { controller.abort(); closed.close(); }, 150);
    Promise.all(loops).then(() => console.log('over'));`);
  clean(result);
  assert.deepEqual(result.out.trim().split('\n').sort(), ['AbortError', 'k', 'k', 'k', 'over']);
  assert.ok(result.ms < 10_000, `it took ${result.ms} ms`);
});

test('process.exit() and an error end the process while somebody waits', async () => {
  const exits = await run(fresh(), `
    const store = await open(path);
    (await store.watch()).nextWithin(Infinity);
    setTimeout(() => process.exit(0), 50);`);
  clean(exits);
  const fails = await run(fresh(), `
    const store = await open(path);
    (await store.watch()).nextWithin(Infinity);
    setTimeout(() => { throw new Error('mine'); }, 50);`);
  assert.equal(fails.code, 1);
  assert.match(fails.err, /Error: mine/);
});
