// What faults are in Node, beside the conformance cases.
//
// Goal: a latency that is really waited for holds up its own call and nothing else: neither the event loop, nor other calls of
// the store, nor what else libuv's pool is for; records and options have the shapes of JavaScript. Method: the order in which
// calls end that are made at once.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { test } from 'node:test';

import { FaultError, Faults, InvalidValueError, ManualClock, ValidationError, open, openSync } from 'statehold';
import { fresh } from './folder.mjs';
import { clean, run } from './process.mjs';

/** The name of a call, once it has ended. */
const named = (name, call) => call.then(() => name);

/** The names of calls in the order in which they end. */
async function ends(calls) {
  const order = [];
  await Promise.all(calls.map(async (call) => order.push(await call)));
  return order;
}

test('eight delayed reads delay nothing else', async (t) => {
  const path = fresh();
  const store = await open(path, { faults: true, background: false, durability: 'normal' });
  t.after(() => store.close());
  const app = store.namespace('app');
  await app.set('key', 1);
  await store.faults.setOperationFailure('namespace.get', { latencyMs: 300 });
  let ticks = 0;
  const ticking = setInterval(() => (ticks += 1), 20);
  const begun = performance.now();
  const delayed = Array.from({ length: 8 }, () => named('delayed', app.get('key')));
  const others = ['exists', 'list', 'count'].map((name) => named('other', app[name]('key')));
  const order = await ends([...delayed, named('other', app.set('other', 2)), ...others, named('other', stat(path))]);
  clearInterval(ticking);
  assert.deepEqual(order, [...Array(5).fill('other'), ...Array(8).fill('delayed')]);
  const spent = performance.now() - begun;
  assert(spent >= 300 && spent < 8 * 300, `they are delayed at once, not one after the other: ${spent} ms`);
  assert(ticks >= 5, `the event loop goes on: ${ticks} ticks`);
});

test('more calls than a store has threads otherwise are delayed at once', async (t) => {
  const store = await open(fresh(), { faults: true, background: false, durability: 'normal' });
  t.after(() => store.close());
  await store.faults.setOperationFailure('plugin.exists', { latencyMs: 500 });
  const plugins = Array.from({ length: 40 }, (_, number) => named('delayed', store.plugin(`p${number}`).exists()));
  const [first] = await ends([...plugins, named('other', store.namespace('app').set('key', 1))]);
  assert.equal(first, 'other');
});

test('a delayed transaction delays nobody else', async (t) => {
  const store = await open(fresh(), { faults: true, background: false, durability: 'normal' });
  t.after(() => store.close());
  await store.faults.setOperationFailure('namespace.increment', { latencyMs: 300 });
  const counting = store.transaction((tx) => tx.namespace('app').increment('count'));
  const order = await ends([named('transaction', counting), named('other', store.namespace('app').set('key', 1))]);
  assert.deepEqual(order, ['other', 'transaction']);
  assert.equal(await store.namespace('app').get('count'), 1);
});

test('a failure is a FaultError that says what is known', async (t) => {
  const store = await open(':memory:', { faults: true });
  t.after(() => store.close());
  const app = store.namespace('app');
  await store.faults.setOperationFailure('namespace.set', { failNext: true, errorCode: 'Throttled', errorMessage: 'slow down' });
  await assert.rejects(app.set('key', 1), (error) => {
    const { operation, errorCode, errorMessage, committed, isRetryable } = error;
    assert(error instanceof FaultError);
    const told = { operation, errorCode, errorMessage, committed, isRetryable };
    const expected = { operation: 'namespace.set', errorCode: 'Throttled', errorMessage: 'slow down', committed: false, isRetryable: true };
    assert.deepEqual(told, expected);
    return true;
  });
  await store.faults.setOperationFailure('namespace.set', { times: 1, afterCommit: true });
  await assert.rejects(app.set('key', 2), (error) => error.committed && !error.isRetryable);
  assert.equal(await app.get('key'), 2);
  await assert.rejects(store.faults.verify('namespace.set', 3), ValidationError);
  await store.faults.verify('namespace.set', 2);
});

test('records have every member', () => {
  const clock = new ManualClock({ startMs: 1_700_000_000_000 });
  const store = openSync(':memory:', { faults: true, clock });
  const seed = 2n ** 64n - 1n;
  store.faults.setOperationFailureSync('startInstance', { probability: 1, seed, latencyMs: 1500, jitterMs: 0.5 });
  const expected = {
    operation: 'mock.start_instance',
    scope: null,
    failure: {
      failNext: false,
      alwaysFail: false,
      times: null,
      probability: 1,
      seed,
      errorCode: 'InternalError',
      errorMessage: 'an injected failure',
      latencyMs: 1500,
      jitterMs: 0.5,
      afterCommit: false,
    },
    calls: 0,
    hits: 0,
    remaining: null,
  };
  assert.deepEqual(store.faults.listSync(), [expected]);
  assert.throws(() => store.mockCloud().startInstanceSync(), FaultError);
  const [{ latencyMs, ...call }] = store.faults.callsSync('mock.*');
  assert(latencyMs >= 1499.5 && latencyMs <= 1500.5, `${latencyMs}`);
  assert.deepEqual(call, {
    operation: 'mock.start_instance',
    scope: 'default',
    timeMs: 1_700_000_000_000,
    errorCode: 'InternalError',
    afterCommit: false,
    process: process.pid,
  });
  assert(Math.abs(clock.nowMs() - 1_700_000_001_500) <= 1, 'a manual clock moves on instead');
  store.faults.setOperationFailureSync('plugin.*', { failNext: true, seed: 7 });
  assert.equal(store.faults.getOperationFailureSync('plugin.*').failure.seed, 7);
  assert.equal(store.faults.getOperationFailureSync('plugin.save'), undefined);
  store.closeSync();
});

test('what can not be set is refused with what would be right', async (t) => {
  const store = await open(':memory:', { faults: true });
  t.after(() => store.close());
  const refused = (operation, options, message) =>
    assert.rejects(store.faults.setOperationFailure(operation, options), (error) => error instanceof InvalidValueError && message.test(error.message));
  await refused('namespace.sett', { failNext: true }, /did you mean `namespace.set`/);
  await refused('namespace.set', { failNxt: true }, /failNext/);
  await refused('namespace.set', {}, /does nothing/);
  await refused('namespace.set', { failNext: 1 }, /failNext: it must be true or false/);
  await refused('namespace.set', { latencyMs: -1 }, /latencyMs: it must be 0 or more milliseconds/);
  await refused('namespace.set', { probability: 0.5, seed: -1n }, /seed: it must be a whole number/);
  await refused('namespace.set', { times: 0.5 }, /times: it must be a whole number/);
  assert(Faults.operations().includes('mock.start_instance'));
});

test('what another process sets counts', async (t) => {
  const path = fresh();
  const store = await open(path, { faults: true });
  t.after(() => store.close());
  // It has looked, and found none, before there are any.
  await store.set('a', 'k', 0);
  const other = await run(path, `
    const store = openSync(path, { faults: true });
    store.faults.setOperationFailureSync('namespace.set', { times: 2, errorCode: 'Far' });
    try { store.setSync('a', 'k', 1); } catch (error) { console.log(error.errorCode); }
    store.closeSync();`);
  clean(other);
  assert.equal(other.out, 'Far\n');
  // Of the two failures the other process had one, and it has ended.
  await assert.rejects(store.set('a', 'k', 2), (error) => error instanceof FaultError && error.errorCode === 'Far');
  await store.set('a', 'k', 3);
  await store.faults.verify('namespace.set', 4);
  const calls = await store.faults.calls('namespace.set');
  assert.deepEqual(calls.map((call) => call.errorCode), [null, 'Far', 'Far', null]);
});

test('where faults are off, that is said', async (t) => {
  const store = await open(':memory:');
  t.after(() => store.close());
  await assert.rejects(store.faults.list(), (error) => error instanceof InvalidValueError && error.path === 'faults');
  assert.throws(() => store.mockCloud().faults.setGlobalLatencySync(1), InvalidValueError);
});
