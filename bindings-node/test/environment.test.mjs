// Goal: what is particular to environments in Node: waiting for locks without a thread, work that is asynchronous, and
// exceptions in it. What the operations do is a matter of the conformance cases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConflictError,
  InvalidTransitionError,
  InvalidValueError,
  LockedError,
  Orchestrator,
  open,
} from 'statehold';
import { fresh, sleep, until } from './folder.mjs';
import { clean, run } from './process.mjs';

async function web(path = fresh()) {
  const store = await open(path);
  const environments = store.environments();
  return { store, environments, record: await environments.create('web', { size: 2 }) };
}

test('a record goes on from its own revision, and keeps what it was', async () => {
  const { store, environments, record } = await web();
  const next = await record.startProvisioning();
  assert.deepEqual([record.state, next.state, next.lastSuccess], ['created', 'provisioning', 'created']);
  await assert.rejects(record.startProvisioning(), ConflictError);
  await assert.rejects(next.transition('running'), (error) => {
    assert.ok(error instanceof InvalidTransitionError);
    assert.deepEqual([error.from, error.to], ['provisioning', 'running']);
    assert.deepEqual([...error.allowed].sort(), ['destroyed', 'provision_failed', 'provisioned']);
    return true;
  });
  await assert.rejects(next.retry(), InvalidTransitionError);
  const failed = next.provisionFailedSync({ step: 'apply', kind: 'timeout', summary: 'no answer', details: { tries: 3 } });
  assert.deepEqual([failed.failure.kind, failed.failure.details, failed.recovery().state], ['timeout', { tries: 3 }, 'provision_failed']);
  assert.equal(failed.retrySync().state, 'provisioning');
  await assert.rejects(environments.save({ name: 'web', data: 1 }), { path: 'record' });
  await store.close();
});

test('transitions are events, with the time in milliseconds', async () => {
  const { store, environments } = await web();
  const seen = [];
  store.on('environment.transition', (event) => seen.push(event));
  await environments.transition('web', 'provisioning');
  await until(() => seen.length === 1);
  const { timeMs, ...event } = seen[0];
  assert.deepEqual(event, {
    event: 'environment.transition', environment: 'web', from: 'created', to: 'provisioning', recovery: false, revision: 2,
  });
  assert.ok(Math.abs(timeMs - Date.now()) < 60_000);
  await store.close();
});

test('many wait for a lock on one event loop, one after the other gets it, and a signal ends the wait', async () => {
  const { store, environments } = await web();
  const first = await environments.lock('web', { purpose: 'first' });
  let inside = 0;
  const waiting = Array.from({ length: 20 }, async () => {
    const lock = await environments.lock('web');
    inside += 1;
    assert.equal(inside, 1, 'alone');
    await sleep(1);
    inside -= 1;
    await lock.release();
  });
  const controller = new AbortController();
  const aborted = environments.lock('web', { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  await assert.rejects(environments.lock('web', { timeoutMs: 20 }), (error) => {
    assert.ok(error instanceof LockedError);
    assert.deepEqual([error.pid, error.purpose], [process.pid, 'first']);
    return true;
  });
  assert.throws(() => environments.lockSync('web', { timeoutMs: 20 }), LockedError);
  assert.equal(await store.get('a', 'k'), undefined, 'reads are not held up');
  assert.deepEqual([await first.isHeld(), await first.release(), await first.release(), first.isHeldSync()], [true, true, false, false]);
  await Promise.all(waiting);
  await store.close();
});

test('a lock that nobody refers to is held until the process ends', async () => {
  const path = fresh();
  const { store, environments } = await web(path);
  const result = await run(path, `
    const store = await open(path);
    await store.environments().lock('web');
    (await import('node:v8')).setFlagsFromString('--expose-gc');
    const gc = (await import('node:vm')).runInNewContext('gc');
    for (let n = 0; n < 5; n += 1) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
    console.log((await store.environments().lockInfo('web')).isHeld);`);
  clean(result);
  assert.equal(result.out.trim(), 'true');
  const lock = await environments.lock('web', { timeoutMs: 2_000 });
  assert.ok(lock.fencing > 1);
  assert.equal((await lock.transition('provisioning')).state, 'provisioning');
  await assert.rejects(environments.transition('web', 'provisioned'), LockedError);
  assert.equal((await environments.withToken(lock.token).transition('web', 'provisioned')).state, 'provisioned');
  lock.releaseSync();
  await store.close();
});

test('a command that is asynchronous ends in its state, and what it throws comes out as it is', async () => {
  const { store, environments } = await web();
  const orchestrator = new Orchestrator(environments, { purpose: 'deploy' });
  const done = await orchestrator.provision('web', async (progress) => {
    await progress.step('apply');
    progress.setData({ size: 3 });
    assert.equal((await environments.lockInfo('web')).purpose, 'deploy');
    assert.equal(progress.record.step, 'apply');
  });
  assert.deepEqual([done.state, done.data], ['provisioned', { size: 3 }]);
  const raised = Object.assign(new Error('no route'), { kind: 'network_connectivity', details: { host: 'a' } });
  await assert.rejects(orchestrator.configure('web', async (progress) => {
    await progress.step('connect');
    throw raised;
  }), (error) => error === raised);
  const { state, failure } = await environments.load('web');
  assert.deepEqual([state, failure.step, failure.kind, failure.summary], ['configure_failed', 'connect', 'network_connectivity', 'no route']);
  assert.deepEqual(failure.details, { host: 'a' });
  assert.equal((await environments.lockInfo('web')).isHeld, false);
  await assert.rejects(orchestrator.release('web', () => {}), InvalidTransitionError, 'refused before it began');
  assert.throws(() => orchestrator.configureSync('web', async () => {}), /must not be asynchronous/);
  assert.equal(orchestrator.configureSync('web', (progress) => progress.stepSync('again')).state, 'configured');
  await store.close();
});

test('a lifecycle of one\'s own', async () => {
  const { store, environments } = await web();
  const definition = { name: 'ticket', states: ['open', 'doing', 'done'], initial: 'open', inProgress: ['doing'], terminal: ['done'], transitions: [['open', 'doing'], ['doing', 'done']] };
  await environments.registerLifecycle(definition);
  const lifecycle = await environments.lifecycle('ticket');
  assert.deepEqual({ ...lifecycle }, { ...definition, errors: [] });
  assert.deepEqual([lifecycle.allowed('open'), lifecycle.isInProgress('doing'), lifecycle.isTerminalState('done')], [['doing'], true, true]);
  await environments.registerLifecycle(lifecycle);
  const made = await environments.create('t', null, { lifecycle: 'ticket' });
  assert.equal((await made.transition('doing')).state, 'doing');
  assert.equal((await environments.at('t', { revision: made.revision })).state, 'open');
  await assert.rejects(environments.at('t', {}), InvalidValueError);
  await store.close();
});
