// Goal: promises keep the event loop and libuv's pool free, may be many at once, and can be aborted where they wait.
import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { BusyError, ConflictError, InvalidValueError, open } from 'statehold';
import { fresh, sleep, until } from './folder.mjs';

/** Holds the write lock of a store until the function that it gives is called. */
async function locked(path) {
  const other = await open(path, { lockTimeoutMs: 30_000 });
  let release;
  const released = new Promise((resolve) => (release = resolve));
  let done;
  await new Promise((begun) => {
    done = other.transaction(async () => { begun(); await released; }, { lock: true });
  });
  return async () => { release(); await done; await other.close(); };
}

test('a thousand sets at once each get a revision of their own', async () => {
  const store = await open(fresh(), { durability: 'normal' });
  const a = store.namespace('a');
  const revisions = await Promise.all(Array.from({ length: 1000 }, (_, n) => a.set(`k${n}`, n)));
  assert.deepEqual(revisions.sort((x, y) => x - y), Array.from({ length: 1000 }, (_, n) => n + 1));
  assert.equal(await a.count(), 1000);
  for (let n = 0; n < 1000; n += 1) assert.equal(a.getSync(`k${n}`), n);
  assert.deepEqual((await store.verifyJournal()).problems, []);
  await store.close();
});

test('increments and transactions at once lose nothing', async () => {
  const store = await open(fresh(), { durability: 'normal' });
  const a = store.namespace('a');
  const add = async (tx) => tx.set('a', 't', (await tx.get('a', 't', 0)) + 1);
  await Promise.all([
    ...Array.from({ length: 300 }, () => a.increment('n')),
    ...Array.from({ length: 40 }, () => store.transaction(add)),
    ...Array.from({ length: 40 }, () => a.update('u', (n) => n + 1, 0)),
  ]);
  assert.deepEqual([await a.get('n'), await a.get('t'), await a.get('u')], [300, 40, 40]);
  await store.close();
});

test('writers who wait for a lock starve neither files nor reads nor the event loop', async () => {
  const path = fresh();
  const store = await open(path, { busyTimeoutMs: 30_000 });
  const a = store.namespace('a');
  await a.set('k', 'before');
  const unlock = await locked(path);
  let settled = 0;
  const sets = Array.from({ length: 50 }, (_, n) => a.set(`w${n}`, n).then(() => (settled += 1)));
  await sleep(50);
  const started = Date.now();
  await Promise.all([
    ...Array.from({ length: 16 }, () => readFile(new URL(import.meta.url))),
    ...Array.from({ length: 8 }, () => promisify(pbkdf2)('a', 'b', 10, 32, 'sha256')),
    ...Array.from({ length: 100 }, async () => assert.equal(await a.get('k'), 'before')),
  ]);
  assert.equal(settled, 0, 'the writers were to wait all the time');
  assert.ok(Date.now() - started < 5_000, `it took ${Date.now() - started} ms`);
  await unlock();
  await Promise.all(sets);
  assert.equal(settled, 50);
  await store.close();
});

test('BusyError comes after the stated time, by promise and at once', async () => {
  const path = fresh();
  const store = await open(path, { busyTimeoutMs: 100 });
  const unlock = await locked(path);
  const check = (error) => error instanceof BusyError && error.isRetryable && error.waitedMs >= 100 && error.path === store.path;
  await assert.rejects(store.set('a', 'k', 1), check);
  assert.throws(() => store.setSync('a', 'k', 1), check);
  await unlock();
  assert.equal(await store.set('a', 'k', 1), 1);
  await store.close();
});

test('inside a transaction calls are carried out in order, awaited or not', async () => {
  const store = await open(':memory:');
  const seen = await store.transaction(async (tx) => {
    const a = tx.namespace('a');
    for (let n = 0; n < 50; n += 1) void a.set('k', n);
    const found = a.get('k');
    void a.delete('k');
    void a.set('last', true);
    return found;
  });
  assert.equal(seen, 49);
  assert.deepEqual(await store.list('a'), ['last'], 'what was not awaited is part of the commit');
  await store.close();
});

test('a transaction runs again after a conflict, and its receipt is that of the commit', async () => {
  const store = await open(':memory:');
  let runs = 0;
  let kept;
  const result = await store.transaction(async (tx) => {
    runs += 1;
    kept = tx;
    const n = await tx.get('a', 'n', 0);
    if (runs === 1) await store.set('a', 'n', 10);
    await tx.set('a', 'n', n + 1);
    assert.equal(tx.receipt, null);
    return runs;
  });
  assert.deepEqual([result, runs, await store.get('a', 'n')], [2, 2, 11]);
  assert.equal(kept.receipt.revision, await store.revision());
  assert.ok(Math.abs(kept.receipt.timeMs - Date.now()) < 60_000);
  await assert.rejects(kept.get('a', 'n'), { code: 'CLOSED' });

  const disturbed = async (tx) => {
    await tx.get('a', 'n');
    await store.namespace('a').increment('n');
    await tx.set('a', 'x', 1);
  };
  await assert.rejects(store.transaction(disturbed, { maxRetries: 0 }), ConflictError);
  assert.equal(await store.exists('a', 'x'), false);
  await store.close();
});

test('savepoints undo a part, by promise and at once', async () => {
  const store = await open(':memory:');
  const error = new Error('mine');
  await store.transaction(async (tx) => {
    await tx.set('a', 'kept', 1);
    const failing = tx.savepoint(async () => { void tx.set('a', 'gone', 1); throw error; });
    await assert.rejects(failing, (raised) => raised === error);
    assert.equal(await tx.savepoint((same) => same.get('a', 'kept')), 1);
    assert.throws(() => tx.savepointSync(() => { tx.setSync('a', 'gone', 1); throw error; }), (raised) => raised === error);
  });
  assert.deepEqual(await store.list('a'), ['kept']);
  await store.close();
});

test('an asynchronous function is no function for a Sync twin', async () => {
  const store = await open(':memory:');
  const asynchronous = async (tx) => { await sleep(1); tx.setSync('a', 'k', 1); };
  assert.throws(() => store.transactionSync(asynchronous), (error) => error instanceof InvalidValueError && /transaction\(\)/.test(error.message));
  assert.throws(() => store.namespace('a').updateSync('k', async () => 1), InvalidValueError);
  assert.throws(() => store.namespace('a').getOrSetSync('k', async () => 1), InvalidValueError);
  await sleep(10);
  assert.equal(await store.exists('a', 'k'), false);
  await store.close();
});

test('getOrSet runs one function for many callers; if it fails, the next one runs its own', async () => {
  const store = await open(fresh());
  const a = store.namespace('a');
  let calls = 0;
  const make = async () => { calls += 1; await sleep(20); return { made: calls }; };
  const made = await Promise.all(Array.from({ length: 200 }, () => a.getOrSet('k', make)));
  assert.equal(calls, 1);
  assert.ok(made.every((value) => value.made === 1));
  assert.equal(new Set(made).size, 200, 'every caller gets a value of its own');

  let failures = 0;
  const error = new Error('mine');
  const failing = async () => { await sleep(10); if ((failures += 1) < 3) throw error; return 'third'; };
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => a.getOrSet('f', failing)));
  assert.equal(outcomes.filter(({ reason }) => reason === error).length, 2);
  assert.equal(outcomes.filter(({ value }) => value === 'third').length, 3);
  await store.close();
});

test('getOrSetSync does not wait for what its own thread would have to finish', async () => {
  const store = await open(fresh());
  const a = store.namespace('a');
  let finish;
  const making = a.getOrSet('k', () => new Promise((resolve) => (finish = resolve)));
  await until(() => finish);
  assert.throws(() => a.getOrSetSync('k', () => 2), BusyError);
  finish(1);
  assert.equal(await making, 1);
  assert.equal(a.getOrSetSync('k', () => 2), 1);
  assert.equal(a.getOrSetSync('other', () => 2), 2);
  await store.close();
});

test('a signal ends the wait of getOrSet for another', async () => {
  const path = fresh();
  const [one, two] = [await open(path), await open(path)];
  let finish;
  const making = one.namespace('a').getOrSet('k', () => new Promise((resolve) => (finish = resolve)));
  await until(() => finish);
  const never = () => assert.fail('another is making it');
  // Once through the same handle, once through another, as another process would.
  for (const store of [one, two]) {
    const abort = new AbortController();
    const waiting = store.namespace('a').getOrSet('k', never, { signal: abort.signal });
    await sleep(20);
    abort.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  }
  await assert.rejects(one.namespace('a').getOrSet('x', never, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  finish(1);
  assert.equal(await making, 1);
  assert.equal(await two.namespace('a').getOrSet('k', never), 1);
  await Promise.all([one.close(), two.close()]);
});

test('a signal ends the wait of a transaction for the lock, and its tries', async () => {
  const path = fresh();
  const store = await open(path, { busyTimeoutMs: 30_000 });
  const unlock = await locked(path);
  const reason = new Error('mine');
  const abort = new AbortController();
  const started = Date.now();
  const waiting = store.transaction(() => assert.fail('it has no lock'), { lock: true, signal: abort.signal });
  setTimeout(() => abort.abort(reason), 30);
  await assert.rejects(waiting, (raised) => raised === reason);
  assert.ok(Date.now() - started < 5_000);
  await unlock();
  // The lock that came too late was given back.
  assert.equal(await store.set('a', 'k', 1), 1);

  const later = new AbortController();
  let runs = 0;
  const aborted = store.transaction(async (tx) => {
    runs += 1;
    await tx.set('a', 'x', await tx.get('a', 'k'));
    later.abort();
  }, { signal: later.signal });
  await assert.rejects(aborted, { name: 'AbortError' });
  assert.equal(runs, 1);
  assert.equal(await store.exists('a', 'x'), false);
  await store.close();
});
