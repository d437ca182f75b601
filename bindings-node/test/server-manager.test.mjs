// The example server-manager against a mock cloud.
//
// Goal: the application takes what can go wrong at a provider. Method: a clock that is moved by hand. Whoever waits moves it
// himself, and the server does its part meanwhile, so that nothing sleeps.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { ManualClock, openMockCloud } from 'statehold';
import { ServerManager } from '../examples/server-manager/manager.mjs';
import { MockProvider, ProviderError } from '../examples/server-manager/provider.mjs';

const START_MS = 1_800_000_000_000;
const clouds = [];
after(() => Promise.all(clouds.map((cloud) => cloud.close())));

/** A provider, the application on it, and the clock of both. `server` is what the server does whenever it is waited for. */
async function setUp(server = async () => {}) {
  const clock = new ManualClock({ startMs: START_MS });
  const cloud = await openMockCloud({ clock });
  clouds.push(cloud);
  const sleep = async (ms) => {
    clock.advanceMs(ms);
    await server(cloud);
  };
  const manager = new ServerManager(new MockProvider(cloud), { nowMs: () => clock.nowMs(), sleep });
  return { cloud, manager, clock, spentMs: () => clock.nowMs() - START_MS };
}

test('it starts and stops', async () => {
  const { cloud, manager, spentMs } = await setUp();
  assert.equal(await manager.start(), '203.0.113.42');
  assert.equal(spentMs(), 4_000, 'it has looked twice in the 2.5 s that it takes');
  assert.equal(await manager.status(), 'running at 203.0.113.42');
  assert.equal(await manager.start(), '203.0.113.42', 'it runs already');
  await cloud.faults.verify('startInstance', 1);
  await manager.stop();
  assert.equal(await manager.status(), 'stopped');
});

test('a slow start is waited for, but not for ever', async () => {
  const { cloud, manager, spentMs } = await setUp();
  await cloud.setTransition({ afterMs: 60_000 });
  await manager.start();
  assert.equal(spentMs(), 60_000);
  await manager.stop();
  await cloud.setTransition('manual');
  await assert.rejects(manager.start(), /after 120 s the server is starting and not yet running/);
  assert.equal(await cloud.completeTransition(), true);
  await manager.start();
});

test('a server that is gone is not started', async () => {
  const { cloud, manager } = await setUp();
  await cloud.updateInstanceState('terminated');
  await assert.rejects(manager.start(), /no state in which this can be done/);
  await cloud.faults.verify('startInstance', 0);
});

test('throttled calls are made again with growing pauses', async () => {
  const { cloud, manager, spentMs } = await setUp();
  const throttled = { errorCode: 'RequestLimitExceeded', errorMessage: 'Request limit exceeded' };
  await cloud.faults.setOperationFailure('startInstance', { ...throttled, times: 3 });
  await manager.start();
  await cloud.faults.verify('startInstance', 4);
  assert.equal(spentMs(), 200 + 400 + 800 + 4_000);

  await cloud.faults.setOperationFailure('getCosts', { ...throttled, alwaysFail: true });
  await assert.rejects(manager.costs(), (error) => error instanceof ProviderError && error.kind === 'throttled');
  await cloud.faults.verify('getCosts', 6);
});

test('it gets along with a provider that throttles half of all calls', async () => {
  const { cloud, manager } = await setUp();
  await cloud.scenarios.apply('throttled');
  await manager.start();
  await manager.costs();
  await manager.stop();
  const calls = await cloud.faults.calls('mock.*');
  assert(calls.some((call) => call.errorCode !== null), 'some were throttled');
});

test('a start whose answer is lost is not made twice', async () => {
  const { cloud, manager } = await setUp();
  await cloud.faults.setOperationFailure('startInstance', { failNext: true, afterCommit: true, errorCode: 'RequestTimeout' });
  assert.equal(await manager.start(), '203.0.113.42');
  await cloud.faults.verify('startInstance', 1);
});

test('a backup that fails is told, and one whose answer is lost is found', async () => {
  const { cloud, manager } = await setUp();
  const full = { failNext: true, errorCode: 'StorageFull', errorMessage: 'There is no room' };
  await cloud.faults.setOperationFailure('addBackup', full);
  await assert.rejects(manager.backUp(), /There is no room/);
  assert.equal((await manager.backups()).length, 3);

  await cloud.faults.setOperationFailure('addBackup', { failNext: true, afterCommit: true });
  assert.equal(await manager.backUp(), 'world-1800000000.tar.gz');
  await cloud.faults.verify('addBackup', 2);
  const backups = await manager.backups();
  assert.equal(backups.length, 4);
  assert.equal(backups[0], 'world-1800000000.tar.gz: 2.1 GB, 0 h old');
  assert.equal(backups[1], 'world-3.tar.gz: 2.1 GB, 24 h old');
});

test('costs are told', async () => {
  const { manager } = await setUp();
  const lines = (await manager.costs()).split('\n').map((line) => line.trim());
  assert.deepEqual(lines.slice(0, 2), ['15.50 USD', '12.25 Amazon Elastic Compute Cloud - Compute']);
});

test('a command runs, and its output comes back', async () => {
  const { cloud, manager, spentMs } = await setUp(async (server) => {
    for (const { commandId, status, commands } of await server.getCommands()) {
      const isSent = status === 'Pending';
      await server.updateCommand(commandId, isSent ? { status: 'InProgress' } : { status: 'Success', output: `did ${commands[0]}` });
    }
  });
  await cloud.faults.setOperationFailure('addCommand', { failNext: true, errorCode: 'ThrottlingException' });
  assert.equal(await manager.run('say hello'), 'did say hello');
  assert.equal(spentMs(), 200 + 2 * 2_000);
  assert.equal((await cloud.getCommands()).length, 1);
});

test('a command that fails is told', async () => {
  const { manager } = await setUp(async (server) => {
    const [{ commandId }] = await server.getCommands();
    await server.updateCommand(commandId, { status: 'Failed', error: 'no such file' });
  });
  await assert.rejects(manager.run('cat motd'), /the command failed: no such file/);
});

test('a command that does not end is given up', async () => {
  const { cloud, manager, spentMs } = await setUp();
  await assert.rejects(manager.run('sleep infinity'), /still runs after 120 s/);
  assert.equal(spentMs(), 120_000);
  assert.equal((await cloud.getCommands())[0].status, 'Pending');
});
