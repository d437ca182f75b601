// What mock clouds are in Node, beside the conformance cases.
//
// Goal: documents have the spelling of JavaScript and take both; whoever wants a cloud for himself waits for his turn without
// a thread; files and the cloud of the process are used as JavaScript uses them. Method: each rule with what it must refuse.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import {
  BusyError,
  ClosedError,
  CorruptError,
  FaultError,
  InvalidValueError,
  ManualClock,
  MockCloud,
  getMockCloud,
  getMockCloudSync,
  open,
  openMockCloud,
  openMockCloudSync,
  openSync,
  resetMockCloud,
} from 'statehold';
import { fresh, sleep } from './folder.mjs';

const START_MS = 1_700_000_000_000;
const PLAYERS = '/minecraft/player-count';

test('documents come out in camelCase and go in in both spellings', async () => {
  const cloud = await openMockCloud({ clock: new ManualClock({ startMs: START_MS }) });
  const instance = await cloud.setInstance({ availabilityZone: 'eu-west-1b' });
  assert.deepEqual(instance, {
    instanceId: 'i-mock1234567890abcdef',
    state: 'stopped',
    hasVolume: true,
    availabilityZone: 'eu-west-1b',
    blockDeviceMappings: [
      { deviceName: '/dev/sda1', volumeId: 'vol-mock1234567890abcdef', status: 'attached', deleteOnTermination: true },
    ],
    lastUpdated: '2023-11-14T22:13:20.000Z',
  });
  assert.equal((await cloud.setInstance({ availability_zone: 'eu-west-1c' })).availabilityZone, 'eu-west-1c');
  assert.equal((await cloud.addBackup({ name: 'mine', size: 1, date: new Date(START_MS).toISOString() })).date, '2023-11-14T22:13:20.000Z');
  assert.equal((await cloud.setCosts('last-month', { totalCost: 99.5 })).totalCost, 99.5);
  await assert.rejects(cloud.setInstance({ state: 'runing' }), (error) => error.path === '$.state' && /there are running/.test(error.message));
  await assert.rejects(cloud.setInstance({ publicIp: undefined }), InvalidValueError);
  await cloud.close();
});

test('the names of parameters stay as they are', async () => {
  const cloud = await openMockCloud();
  const names = ['snake_case', 'camelCase', '__proto__', 'instance'];
  for (const name of names) await cloud.setParameter(name, name, 'SecureString');
  const all = await cloud.getAllParameters();
  for (const name of names) {
    assert.equal(Object.getOwnPropertyDescriptor(all, name).value.value, name);
    assert.equal(Object.getOwnPropertyDescriptor(all, name).value.type, 'SecureString');
  }
  const { parameters } = await cloud.getState();
  assert.deepEqual(parameters, all);
  await cloud.resetState();
  await cloud.patchState({ parameters });
  assert.deepEqual(Object.keys(await cloud.getAllParameters()).sort(), Object.keys(all).sort());
  await cloud.close();
});

test('the time of a transition is a word or milliseconds, everywhere', async () => {
  const clock = new ManualClock({ startMs: START_MS });
  const cloud = await openMockCloud({ clock, transition: { afterMs: 1500 } });
  assert.deepEqual(await cloud.getTransition(), { afterMs: 1500 });
  assert.deepEqual((await cloud.getState()).settings, { publicIp: '203.0.113.42', transition: { afterMs: 1500 } });
  await cloud.patchState({ settings: { transition: { afterMs: 250 } } });
  assert.equal((await cloud.startInstance()).state, 'pending');
  const [{ due, instance }] = (await cloud.getState()).timers;
  assert.deepEqual([Date.parse(due), instance], [START_MS + 250, 'running']);
  clock.advanceMs(250);
  assert.equal((await cloud.getInstance()).state, 'running');
  await cloud.setTransition('immediate');
  assert.equal((await cloud.stopInstance()).state, 'stopped');
  assert.equal((await cloud.getState()).settings.transition, 'immediate');
  for (const wrong of ['slow', 5, null, { after: 5 }, { afterMs: '5' }, { afterMs: -1 }]) {
    await assert.rejects(cloud.setTransition(wrong), InvalidValueError, JSON.stringify(wrong));
  }
  await assert.rejects(cloud.patchState({ settings: { transition: { after: 5 } } }), InvalidValueError);
  await cloud.close();
});

test('a state that came out goes in again, with the steps and the machine of its scenario', async () => {
  const clock = new ManualClock({ startMs: START_MS });
  const cloud = await openMockCloud({ clock });
  const faults = { startInstance: { fail_next: true } };
  await cloud.scenarios.save({
    name: 'later',
    description: 'It fails later',
    steps: [{ after: 5, faults }],
    machine: { initial: 'a', transitions: [{ operation: 'stopInstance', from: 'a', to: 'b', fault: { error_code: 'Later' } }] },
  });
  await cloud.scenarios.apply('later');
  const state = await cloud.getState();
  assert.deepEqual(state.timers[0].step, { after: 5, faults: { startInstance: { ...state.timers[0].step.faults.startInstance } } });
  assert.equal(state.scenario.machine.transitions[0].fault.error_code, 'Later');
  await cloud.patchState(state);
  assert.deepEqual(await cloud.getState(), state);
  clock.advanceMs(5_000);
  await assert.rejects(cloud.startInstance(), FaultError);
  await cloud.close();
});

for (const faults of [false, true]) {
  test(`32 who want a cloud for themselves come in the order of their calls, with faults ${faults ? 'on' : 'off'}`, async () => {
    const store = await open(fresh(), { faults, background: false, durability: 'normal' });
    const cloud = store.mockCloud();
    // The first one is delayed before its turn, and nobody passes it.
    if (faults) await cloud.faults.setOperationFailure('withLock', { times: 1, probability: 0, latencyMs: 50 });
    const [order, inside] = [[], new Set()];
    const turns = Array.from({ length: 32 }, (_, number) =>
      cloud.withLock(async (locked) => {
        inside.add(number);
        assert.equal(inside.size, 1, 'one at a time');
        order.push(number);
        const players = Number(await locked.getParameter(PLAYERS));
        await new Promise(setImmediate);
        await locked.setParameter(PLAYERS, String(players + 1));
        inside.delete(number);
        return number;
      }),
    );
    const given = await Promise.all(turns);
    const expected = Array.from({ length: 32 }, (_, number) => number);
    assert.deepEqual([given, order], [expected, expected]);
    assert.equal(await cloud.getParameter(PLAYERS), '32');
    await store.close();
  });
}

test('those who wait for their turn occupy no thread', async () => {
  const store = await open(fresh(), { background: false, durability: 'normal', lockTimeoutMs: 60_000 });
  const cloud = store.mockCloud();
  // So that reading it later writes nothing.
  const other = store.mockCloud('other');
  await other.getInstance();
  let leave;
  let isIn;
  const entered = new Promise((resolve) => (isIn = resolve));
  const held = cloud.withLock(() => {
    isIn();
    return new Promise((resolve) => (leave = resolve));
  });
  await entered;
  const waiting = Array.from({ length: 100 }, () => cloud.withLock((locked) => locked.getPublicIp()));
  // What uses the threads that those would occupy.
  assert.equal((await other.getInstance()).state, 'stopped');
  leave('done');
  assert.equal(await held, 'done');
  await Promise.all(waiting);
  await store.close();
});

test('what the function throws undoes all and comes out as it is', async () => {
  const store = await open(':memory:');
  const cloud = store.mockCloud();
  const own = new Error('mine');
  let late;
  const failing = cloud.withLock(async (locked) => {
    late = locked;
    await locked.startInstance();
    assert.equal((await locked.getInstance()).state, 'pending');
    throw own;
  });
  await assert.rejects(failing, (error) => error === own);
  assert.equal((await cloud.getInstance()).state, 'stopped');
  await assert.rejects(late.getInstance(), ClosedError);
  // What is not awaited is done before the commit.
  await cloud.withLockAndPersist((locked) => void locked.setParameter('a', '1'));
  assert.equal(await cloud.getParameter('a'), '1');
  assert.throws(() => cloud.withLockSync(async () => {}), /must not be asynchronous; use withLock\(\)/);
  assert.equal(cloud.withLockSync((locked) => locked.getParameterSync('a')), '1');
  await store.close();
});

test('a twin does not wait for ever for those who need its thread', async () => {
  const store = await open(':memory:');
  const cloud = store.mockCloud();
  await cloud.withLock(async () => {
    assert.throws(() => cloud.withLockSync(() => {}), BusyError);
  });
  await store.close();
});

test('inside a transaction it is a part of that', async () => {
  const store = await open(':memory:', { faults: true });
  await store.transaction(async (tx) => {
    const cloud = tx.mockCloud('a');
    await cloud.setParameter('kept', '1');
    await assert.rejects(
      cloud.withLock(async (locked) => {
        await locked.setParameter('undone', '1');
        throw new Error('mine');
      }),
      /mine/,
    );
    await cloud.withLock((locked) => locked.setParameter('done', '1'));
    await assert.rejects(cloud.persistNow(), InvalidValueError);
    assert.deepEqual(await store.mockClouds(), [], 'nothing is written yet');
  });
  const cloud = store.mockCloud('a');
  const found = await Promise.all(['kept', 'undone', 'done'].map((name) => cloud.getParameter(name)));
  assert.deepEqual(found, ['1', undefined, '1']);
  await cloud.faults.verify('mock.with_lock', 2);
  store.transactionSync((tx) => tx.mockCloud('b').startInstanceSync());
  assert.deepEqual(await store.mockClouds(), ['a', 'b']);
  assert.equal(await store.deleteMockCloud('b'), true);
  await store.close();
});

test('a file is written at the end, and read in the beginning', async () => {
  const file = pathToFileURL(`${fresh()}.json`);
  const cloud = await openMockCloud({ persistTo: file, debounceMs: 60_000 });
  await cloud.setParameter('mine', '1');
  await cloud[Symbol.asyncDispose]();
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).state.parameters.mine.value, '1');
  const again = openMockCloudSync({ persistTo: fileURLToPath(file) });
  assert.equal(again.getParameterSync('mine'), '1');
  assert.equal(again.isClosed, false);
  again.closeSync();
  assert.equal(again.isClosed, true);
  assert.throws(() => again.getInstanceSync(), ClosedError);
  writeFileSync(file, '{');
  await assert.rejects(openMockCloud({ persistTo: file }), CorruptError);
});

test('a change is written after a while', async () => {
  const file = `${fresh()}.json`;
  const cloud = await openMockCloud({ persistTo: file, debounceMs: 10 });
  await cloud.startInstance();
  for (const end = Date.now() + 10_000; ; await sleep(5)) {
    try {
      assert.equal(JSON.parse(readFileSync(file, 'utf8')).state.instance.state, 'pending');
      break;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
  await cloud.close();
});

test('options that are none are refused', async () => {
  await assert.rejects(openMockCloud({ persistsTo: 'a' }), /persistTo/);
  await assert.rejects(openMockCloud({ fixtures: { instance: { state: 'on' } } }), (error) => error.path === '$.instance.state');
  const store = openSync(':memory:');
  assert.throws(() => store.mockCloud('a', { persistTo: 'a' }), InvalidValueError);
  assert.equal(store.mockCloud('a', { fixtures: { instance: { state: 'running' } } }).getInstanceSync().state, 'running');
  store.closeSync();
});

test('the cloud of the process is one until it is reset', async () => {
  const cloud = await getMockCloud();
  assert(cloud instanceof MockCloud);
  await cloud.setParameter('mine', '1');
  assert.equal(getMockCloudSync().getParameterSync('mine'), '1');
  await resetMockCloud();
  assert.equal(cloud.isClosed, true);
  assert.equal(await (await getMockCloud()).getParameter('mine'), undefined);
  await resetMockCloud();
});

test('a cloud that is left open does not keep the process alive', () => {
  const script = `
    const { getMockCloudSync, openMockCloudSync } = require('statehold');
    getMockCloudSync().startInstanceSync();
    openMockCloudSync({ persistTo: ${JSON.stringify(`${fresh()}.json`)} }).startInstanceSync();
    console.log('done');
  `;
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const done = spawnSync(process.execPath, ['-e', script], { cwd, encoding: 'utf8', timeout: 30_000 });
  assert.deepEqual([done.status, done.stdout, done.stderr], [0, 'done\n', '']);
});
